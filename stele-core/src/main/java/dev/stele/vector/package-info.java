/**
 * Vectors of one agent and the search over them: float vectors in off-heap memory or a mapped file
 * ({@link dev.stele.vector.VectorStore}), their one-bit quantized form ({@link dev.stele.vector.BinaryQuantizer}) scanned by Hamming
 * distance, and HNSW graphs for large memories. Knows nothing of items; callers address vectors by ordinal.
 */
@NullMarked
package dev.stele.vector;

import org.jspecify.annotations.NullMarked;
