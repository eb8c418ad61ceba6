package dev.stele.index;

import org.jspecify.annotations.Nullable;

/** Finds by meaning: how near each item of a {@link LiveItems} is to a query. Immutable and thread-safe. */
public interface Vectors {

    /**
     * The cosine of each item with the query, by position; {@link Float#NaN} where an item has no vector.
     *
     * @param query of unit length and of the model's dimension
     */
    float[] similarities(float[] query);

    /** Bytes held on the heap. */
    long bytes();

    /** Vectors by position, scanned one after the other: exact, and as fast as memory is read. */
    static Vectors flat(float[] @Nullable [] vectors) {
        return new FlatVectors(vectors);
    }
}
