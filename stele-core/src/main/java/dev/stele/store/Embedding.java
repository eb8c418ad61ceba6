package dev.stele.store;

/**
 * A vector and the model that made it. The array is not copied: whoever made it must not change it any more.
 *
 * @param model name of the model; vectors of different models are never compared
 * @param vector of unit length
 */
public record Embedding(String model, float[] vector) {}
