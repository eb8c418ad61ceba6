/**
 * Vectors of one agent and the search over them. {@link dev.stele.vector.VectorStore} holds float vectors in off-heap
 * memory or a mapped file, {@link dev.stele.vector.BinaryQuantizer} compresses them to one bit per component for a scan
 * by Hamming distance, and {@link dev.stele.vector.HnswGraphFile} is an HNSW graph for large memories. The package does
 * not depend on items; callers address vectors by ordinal.
 */
@NullMarked
package dev.stele.vector;

import org.jspecify.annotations.NullMarked;
