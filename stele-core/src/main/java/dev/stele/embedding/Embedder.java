package dev.stele.embedding;

import java.util.List;
import java.util.Optional;

/**
 * A model that turns text into vectors of unit length whose inner product says how near two meanings are. Thread-safe;
 * bounds by itself how many texts it works on at once.
 */
public interface Embedder {

    /** The model's name and version; vectors of different names are never compared. */
    String model();

    /** How many numbers a vector has. */
    int dimension();

    /**
     * The vectors of texts, in their order. Loads the model on the first call, once for all threads; texts beyond the
     * model's length are cut.
     *
     * @throws RuntimeException if the model cannot be loaded or run
     */
    List<float[]> embed(List<String> texts);

    /**
     * The vector of a question, for which somebody waits: where that can be, it goes before texts that are to be kept.
     *
     * @throws RuntimeException if the model cannot be loaded or run
     */
    default float[] embedQuery(String text) {
        return CheckedEmbeddings.of(this, List.of(text)).getFirst();
    }

    /** The cosine below which two texts of this model have nothing to do with each other. */
    default float floor() {
        return 0.2f;
    }

    /**
     * The middle of the vectors of everyday texts, if it is known beforehand: then memories of a few thousand items are searched by codes
     * already, which are made from it, and not only those of more, from whose own vectors it can be told. Near is near enough. Always the same.
     */
    default Optional<float[]> center() {
        return Optional.empty();
    }

    /** Whether {@link #embed} answers without first loading the model. */
    boolean ready();
}
