package dev.stele.recall;

import java.util.OptionalDouble;

/**
 * Estimate of how likely an item answers a query. The score of a hit is relative: the best item of a memory that knows
 * nothing of the subject has a high one, too. This estimate uses what is comparable between memories: the share of the
 * terms of the query that the item contains, and its cosine. Stateless.
 *
 * <p>The coefficients are those of logistic regressions: questions asked of the memory that answers them against the
 * same questions asked of memories of other people. docs/internals/recall.md has the figures.
 */
final class Confidence {

    private Confidence() {}

    /**
     * Returns the confidence of an item.
     *
     * @param terms share of the query's terms in the item and the two messages before it, 0 to 1, see
     *     {@link Bm25Scorer#answered}
     * @param similarity cosine of the item, 0 for the minimum cosine of related texts and 1 for equal texts; empty if
     *     items were not ranked by meaning
     * @return 0 to 1
     */
    static double of(double terms, OptionalDouble similarity) {
        return similarity.isEmpty()
                ? logistic(-3.71 + 9.05 * terms)
                : logistic(-4.73 + 7.88 * terms + 4.88 * similarity.getAsDouble());
    }

    private static double logistic(double value) {
        return 1 / (1 + Math.exp(-value));
    }
}
