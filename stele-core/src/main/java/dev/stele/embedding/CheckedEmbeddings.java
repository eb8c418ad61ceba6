package dev.stele.embedding;

import java.util.List;
import java.util.Optional;

/**
 * Validation of the vectors that an embedding model returns, before they are stored or compared: one vector per text,
 * of the dimension of the model, with finite components. Stateless.
 */
public final class CheckedEmbeddings {

    private CheckedEmbeddings() {}

    /**
     * Embeds texts and validates the vectors.
     *
     * @param embedder embedding model
     * @param texts texts to embed
     * @return one vector per text, in the same order
     * @throws IllegalStateException if the number of vectors, a dimension or a component is invalid
     * @throws RuntimeException if the model cannot be loaded or run
     */
    public static List<float[]> of(Embedder embedder, List<String> texts) {
        List<float[]> vectors = embedder.embed(texts);
        if (vectors.size() != texts.size()) {
            throw new IllegalStateException("the embedding model %s gave %d vectors for %d texts"
                    .formatted(embedder.model(), vectors.size(), texts.size()));
        }
        vectors.forEach(vector -> check(embedder, vector));
        return vectors;
    }

    /**
     * Embeds a query and validates the vector.
     *
     * @param embedder embedding model
     * @param text text of the query
     * @return vector of the query
     * @throws IllegalStateException if the dimension or a component is invalid
     * @throws RuntimeException if the model cannot be loaded or run
     */
    public static float[] ofQuery(Embedder embedder, String text) {
        float[] vector = embedder.embedQuery(text);
        check(embedder, vector);
        return vector;
    }

    /**
     * Returns the centroid of the vectors of a model, if the model provides it, and validates it.
     *
     * @param embedder embedding model
     * @throws IllegalStateException if the dimension or a component is invalid
     */
    public static Optional<float[]> center(Embedder embedder) {
        Optional<float[]> center = embedder.center();
        center.ifPresent(centroid -> check(embedder, centroid));
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
