package dev.stele.store;

/**
 * Embedding vector with the name of its model. The array is not copied and must not be modified after construction.
 *
 * @param model name of the model; vectors of different models are never compared
 * @param vector unit vector
 */
public record Embedding(String model, float[] vector) {}
