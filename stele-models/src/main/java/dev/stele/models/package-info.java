/**
 * Embedding models and language models: in this process (ONNX), in files, and of services.
 *
 * <p>{@link dev.stele.models.InProcessEmbedder} and {@link dev.stele.models.EmbeddingService} compute embeddings.
 * {@link dev.stele.models.ChatService} calls one language model, and {@link dev.stele.models.ModelChain} combines
 * several with retries, circuit breakers and fallbacks.
 */
@NullMarked
package dev.stele.models;

import org.jspecify.annotations.NullMarked;
