/**
 * Runtime that the agents of one memory share: {@link dev.stele.engine.Engine} opens the storage, lends the stores of
 * agents to callers, and holds the indexer, the retriever, the models and the caches.
 *
 * <p>Internal: used by the public API and by {@code reflect}, {@code context} and {@code maintenance}; other modules
 * use {@link dev.stele.Stele}.
 */
@NullMarked
package dev.stele.engine;

import org.jspecify.annotations.NullMarked;
