package dev.stele.embedding;

import java.util.List;
import java.util.Optional;

/**
 * Embedding model that converts text into vectors of unit length whose dot product measures the similarity of meaning.
 * Implementations are thread-safe and limit the number of texts they process at once.
 */
public interface Embedder {

    /** Returns the name and version of the model. Vectors of models with different names are never compared. */
    String model();

    /** Returns the number of components of a vector. */
    int dimension();

    /**
     * Embeds texts. The first call loads the model, once for all threads. Texts longer than the input limit of the
     * model are truncated.
     *
     * @param texts texts to embed
     * @return one vector per text, in the same order
     * @throws RuntimeException if the model cannot be loaded or run
     */
    List<float[]> embed(List<String> texts);

    /**
     * Embeds a query on behalf of a waiting caller. Implementations give it priority over texts that are to be stored,
     * where possible.
     *
     * @param text text of the query
     * @return vector of the query
     * @throws RuntimeException if the model cannot be loaded or run
     */
    default float[] embedQuery(String text) {
        return CheckedEmbeddings.of(this, List.of(text)).getFirst();
    }

    /**
     * Returns the minimum cosine similarity of related texts; two texts of this model with a lower cosine are
     * unrelated.
     */
    default float floor() {
        return 0.2f;
    }

    /**
     * Returns the centroid of the vectors of everyday texts, if it is known in advance; an approximation is sufficient.
     * Each call returns the same value. With a known centroid, memories of a few thousand items are already searched by
     * binary quantized codes, which are made from it. Without one, only larger memories are, whose centroid is computed
     * from their own vectors.
     */
    default Optional<float[]> center() {
        return Optional.empty();
    }

    /** Returns whether {@link #embed} can answer without loading the model first. */
    boolean ready();
}
