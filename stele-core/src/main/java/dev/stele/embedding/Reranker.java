package dev.stele.embedding;

import java.util.List;

/**
 * Model that reads a query and a text together and tells how relevant the text is. It is more exact than a comparison
 * of two vectors and much slower, so recall asks it about the best hits only. Implementations are thread-safe and limit
 * the time of a call.
 */
public interface Reranker {

    /** Returns the name of the model for messages to the caller. */
    String model();

    /** Returns the number of best hits that the model is asked about, at least 1. */
    int depth();

    /**
     * Returns the relevance of texts to a query.
     *
     * @param query text of the query
     * @param texts texts to compare, at most {@link #depth}
     * @return one finite number for each text, in the same order; higher is more relevant, on any scale
     * @throws RuntimeException if the model does not answer in time, or not for each text; recall then keeps its own
     *     order and says so
     */
    List<Double> relevance(String query, List<String> texts);
}
