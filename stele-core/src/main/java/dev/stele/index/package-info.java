/**
 * In-memory index that recall searches: index snapshots of the live items of each agent, their terms and their
 * embeddings. {@link dev.stele.index.SnapshotCache} provides the snapshots, {@link dev.stele.index.IndexSnapshot} is
 * one of them, {@link dev.stele.index.Indexer} prepares new items.
 */
@NullMarked
package dev.stele.index;

import org.jspecify.annotations.NullMarked;
