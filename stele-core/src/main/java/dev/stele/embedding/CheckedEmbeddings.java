package dev.stele.embedding;

import java.util.List;
import java.util.Optional;

/** What comes from a model, looked at before it is kept or compared: one vector for each text, of its dimension, of numbers. */
public final class CheckedEmbeddings {

    private CheckedEmbeddings() {}

    /** @throws IllegalStateException if the model failed, or gave something else than it should */
    public static List<float[]> of(Embedder embedder, List<String> texts) {
        List<float[]> vectors = embedder.embed(texts);
        if (vectors.size() != texts.size()) {
            throw new IllegalStateException("the embedding model %s gave %d vectors for %d texts"
                    .formatted(embedder.model(), vectors.size(), texts.size()));
        }
        vectors.forEach(vector -> check(embedder, vector));
        return vectors;
    }

    /** @throws IllegalStateException if the model failed, or gave something else than it should */
    public static float[] ofQuery(Embedder embedder, String text) {
        float[] vector = embedder.embedQuery(text);
        check(embedder, vector);
        return vector;
    }

    /**
     * The middle of a model's vectors, if it knows it.
     *
     * @throws IllegalStateException if it is something else than it should be
     */
    public static Optional<float[]> center(Embedder embedder) {
        Optional<float[]> center = embedder.center();
        center.ifPresent(middle -> check(embedder, middle));
        return center;
    }

    private static void check(Embedder embedder, float[] vector) {
        if (vector.length != embedder.dimension()) {
            throw new IllegalStateException("the embedding model %s gave a vector of %d numbers; it says %d"
                    .formatted(embedder.model(), vector.length, embedder.dimension()));
        }
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalStateException(
                        "the embedding model " + embedder.model() + " gave a vector that is not of finite numbers");
            }
        }
    }
}
