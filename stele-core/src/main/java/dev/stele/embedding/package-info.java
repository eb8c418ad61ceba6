/**
 * Service provider interface of embedding models: {@link dev.stele.embedding.Embedder} turns text into a vector,
 * {@link dev.stele.embedding.EmbedderProvider} finds one by name, and {@link dev.stele.embedding.CheckedEmbeddings}
 * validates what a model returns.
 */
@NullMarked
package dev.stele.embedding;

import org.jspecify.annotations.NullMarked;
