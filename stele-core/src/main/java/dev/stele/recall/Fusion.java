package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Linear fusion of ranking features into one score. A feature with a scale of its own is normalized to 0 to 1 over all
 * items that pass the filter (min-max normalization); then the features, weighted by {@link SignalWeights}, are added.
 * A score of 1 would be best by every feature. For one thread.
 */
final class Fusion {

    /** Typical range of the cosines of one question with the messages of a conversation. */
    private static final float COSINE_RANGE = 0.2f;

    /**
     * Ranking feature with its name in explanations and the minimum range of its normalization: values
     * closer together than this range are not spread out to 0 and 1.
     */
    enum Signal {
        /** Share of the question's terms that the message and the two before it contain; rare terms count more. */
        COVERED("covered"),
        /** BM25 score of the message, its speaker and its date. */
        TURN("turn"),
        /** BM25 score of the whole conversation. */
        SESSION("session"),
        /** The question names the speaker. */
        SPEAKER("speaker"),
        /** Cosine of the item and the question. */
        MEANING("meaning", COSINE_RANGE),
        /** Cosine of the next message and the question, if another speaker said it: a reply. */
        AFTER("after"),
        /**
         * Cosine of the previous message and the question. The weight is negative: the embedded text of a message
         * includes the previous message, so if that one is near the question, it is meant rather than this one.
         */
        BEFORE("before"),
        /** Mean of the three greatest cosines in the conversation. */
        TOPIC("topic", COSINE_RANGE),
        /** Length of the item, up to about fifty terms. */
        LENGTH("length"),
        /** Logarithm of the length beyond twenty terms. Long texts contain more terms, relevant or not. */
        EXCESS("excess"),
        /**
         * The item is a message of the role that the question is about, or a note: the user's, unless the question asks
         * what the assistant replied. Not used if the question names a speaker.
         */
        ROLE("role"),
        /** The item is a question. */
        ASKS("asks"),
        /**
         * The item consists of questions only, so that it answers nothing. Used only if the query is a question,
         * does not ask for earlier questions, and names no role and no kind.
         */
        QUESTION("question"),
        /**
         * The previous message is a question; the value is the cosine of that message and the query, or, without
         * vectors, the normalized BM25 score of that message.
         */
        ANSWERS("answers"),
        /** The item states a time, when the question asks for one. */
        TIME("time"),
        /** The item contains all quoted phrases. */
        PHRASE("phrase"),
        /** The time of the item is in a time range that the question names. */
        WHEN("when"),
        /**
         * Recency relative to the newest candidate; has a weight by itself only when the question asks for the latest.
         */
        RECENCY("recency"),
        /** Frequency and recency of uses of a note; counts only where a query gives it a weight. */
        USES("uses"),
        /** Importance of a note. */
        IMPORTANCE("importance"),
        /**
         * Activation by the knowledge graph: the item is about an entity that the question names, or about a related
         * one.
         */
        GRAPH("graph");

        final String word;
        final float minRange;

        Signal(String word) {
            this(word, 0);
        }

        Signal(String word, float minRange) {
            this.word = word;
            this.minRange = minRange;
        }

        /**
         * Returns the normalization of this feature.
         *
         * @param min minimum over all items that pass the filter
         * @param max maximum over all items that pass the filter
         */
        Scale scale(float min, float max) {
            return new Scale(min, max, minRange);
        }

        /** Returns the normalization of this feature among those of a query. */
        Scale in(Map<Signal, Scale> scales) {
            Scale scale = scales.get(this);
            if (scale == null) {
                throw new IllegalStateException("no scale for " + this);
            }
            return scale;
        }
    }

    /**
     * Min-max normalization of a feature to 0 to 1. {@link Float#NaN} counts as the minimum; values outside the range
     * are clamped.
     */
    static final class Scale {
        private final boolean hasValues;
        private final float max;
        private final float perUnit;

        private Scale(float min, float max, float minRange) {
            // If all values are equal, all are normalized to 1, or to 0 if they are not positive.
            this.hasValues = max > 0 || max > min;
            this.max = max;
            this.perUnit = 1 / (max > min ? Math.max(minRange, max - min) : Math.max(max, Float.MIN_NORMAL));
        }

        float of(float value) {
            return Float.isNaN(value) || !hasValues ? 0 : Math.clamp(1 - (max - value) * perUnit, 0, 1);
        }
    }

    /** Bonus for a message directly before or after a selected one. */
    private static final float ADJACENT_BONUS = 0.3f;
    /** Penalty for an item of the same conversation as a selected one. */
    private static final float SAME_CONVERSATION_PENALTY = 0.08f;
    /** Minimum number of best candidates that are diversified. */
    private static final int MIN_DIVERSIFIED = 120;

    private final int[] candidates;
    /** Weighted sum of the features, by index of candidate. */
    private final float[] total;

    private final SignalWeights weights;
    /** Values of each feature, by index of candidate. */
    private final Map<Signal, float[]> valuesBySignal = new LinkedHashMap<>();
    /** Lowest possible weighted sum: that of a candidate that is worst by every feature. */
    private float minTotal;

    /** Highest possible weighted sum: that of a candidate that is best by every feature. */
    private float maxTotal;

    /**
     * Starts a fusion.
     *
     * @param candidates ordinals of the candidates, in an order that does not depend on how the index snapshot was
     *     built
     * @param weights weights of the features for this query
     */
    Fusion(int[] candidates, SignalWeights weights) {
        this.candidates = candidates;
        this.weights = weights;
        this.total = new float[candidates.length];
    }

    /**
     * Adds a feature with its default weight, unless the query gives another one.
     *
     * @param values values from 0 to 1, by index of candidate
     */
    void add(Signal signal, float[] values) {
        addWeighted(signal, weights.of(signal), values);
    }

    /**
     * Adds a feature with a weight that suits the question, unless the query gives another one.
     *
     * @param defaultWeight weight that suits the question
     * @param values values from 0 to 1, by index of candidate
     */
    void add(Signal signal, float defaultWeight, float[] values) {
        addWeighted(signal, weights.of(signal, defaultWeight), values);
    }

    private void addWeighted(Signal signal, float weight, float[] values) {
        for (int i = 0; i < total.length; i++) {
            total[i] += weight * values[i];
        }
        if (signal != Signal.QUESTION) { // a penalty beyond the range, so that it does not compress the scores
            minTotal += Math.min(0, weight);
        }
        maxTotal += Math.max(0, weight);
        valuesBySignal.put(signal, values);
    }

    /**
     * Checks that a feature of this name exists.
     *
     * @throws InvalidInputException if there is no feature of this name
     */
    static void check(String name) {
        if (!names().contains(name)) {
            throw new InvalidInputException(
                    "There is no signal " + Json.write(name) + "; there are " + String.join(", ", names()) + ".");
        }
    }

    /** Returns the names of all features. */
    static List<String> names() {
        return Arrays.stream(Signal.values()).map(signal -> signal.word).toList();
    }

    /**
     * Returns the score of a candidate, 0 to 1.
     *
     * @param candidate index of the candidate
     */
    float score(int candidate) {
        return maxTotal == minTotal ? 0 : Math.clamp((total[candidate] - minTotal) / (maxTotal - minTotal), 0f, 1f);
    }

    /**
     * Returns the value of each feature of a candidate, by name of feature.
     *
     * @param candidate index of the candidate
     */
    Map<String, Double> explain(int candidate) {
        var explained = new LinkedHashMap<String, Double>();
        valuesBySignal.forEach((signal, values) -> explained.put(signal.word, (double) values[candidate]));
        return explained;
    }

    /**
     * Ranks the candidates, the best score first; candidates with equal scores keep the order of the candidates. The
     * top of the ranking is diversified greedily: each selected candidate raises the messages directly before and after
     * it, which often complete it, and lowers the rest of its conversation a little, so that one conversation does not
     * crowd out a result whose parts lie in several. Scores of the diversified candidates change accordingly.
     *
     * @param items snapshot of the candidates
     * @param limit maximum number of hits
     * @param diversity penalty for the similarity of a top candidate to a better one, 0 to 1; see {@link
     *     RecallQuery#diversity}
     * @return indexes of all candidates
     */
    int[] best(IndexSnapshot items, int limit, double diversity) {
        // Score and index are packed into one long, score first, so that sorting needs no boxing.
        var keys = new long[total.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ((long) ~ordered(total[i]) << 32) | i;
        }
        Arrays.sort(keys);
        var ranked = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            ranked[i] = (int) keys[i];
        }
        int count = (int) Math.min(ranked.length, Math.max(MIN_DIVERSIFIED, 2L * limit));
        spread(items, ranked, count, new Likeness(items, (float) diversity));
        return ranked;
    }

    /** Returns an int with the order of the given float. */
    private static int ordered(float value) {
        int bits = Float.floatToIntBits(value + 0f); // turns -0 into 0, so that both compare as equal
        return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }

    /** Similarity of each candidate to those that are already selected. */
    private final class Likeness {
        private final IndexSnapshot items;
        private final float diversity;
        /** Greatest cosine with a selected candidate, by index of candidate; empty if diversity does not count. */
        private final float[] maxCosine;

        Likeness(IndexSnapshot items, float diversity) {
            this.items = items;
            this.diversity = diversity;
            this.maxCosine = new float[diversity > 0 ? total.length : 0];
        }

        /**
         * Records that a candidate was selected.
         *
         * @param ordinal ordinal of the selected candidate
         * @param from index in {@code ranked} of the first candidate that is not selected yet
         * @param to index in {@code ranked} after the last such candidate
         */
        void chosen(int ordinal, int[] ranked, int from, int to) {
            Optional<float[]> vector = diversity > 0 ? items.vector(ordinal) : Optional.empty();
            if (vector.isEmpty()) {
                return;
            }
            int[] others =
                    IntStream.range(from, to).map(i -> candidates[ranked[i]]).toArray();
            float[] cosines = items.cosines(vector.get(), others);
            for (int i = from; i < to; i++) {
                float cosine = cosines[i - from];
                maxCosine[ranked[i]] = Math.max(maxCosine[ranked[i]], Float.isNaN(cosine) ? 0 : cosine);
            }
        }

        /** Returns the weighted sum of a candidate minus the penalty for its similarity to selected candidates. */
        float worth(int candidate) {
            return diversity > 0
                    ? (1 - diversity) * total[candidate] - diversity * (maxTotal - minTotal) * maxCosine[candidate]
                    : total[candidate];
        }
    }

    /** Reorders the first {@code count} candidates of a ranking by greedy selection. */
    private void spread(IndexSnapshot items, int[] ranked, int count, Likeness likeness) {
        float lowest = Float.POSITIVE_INFINITY;
        for (int next = 0; next < count; next++) {
            int chosen = next;
            for (int i = next + 1; i < count; i++) {
                if (likeness.worth(ranked[i]) > likeness.worth(ranked[chosen])) {
                    chosen = i;
                }
            }
            int candidate = ranked[chosen];
            // The others are shifted rather than swapped, so that candidates of equal score keep their order.
            System.arraycopy(ranked, next, ranked, next + 1, chosen - next);
            ranked[next] = candidate;
            lowest = Math.min(lowest, total[candidate]);
            total[candidate] = lowest; // scores that are shown must not increase along the list
            int ordinal = candidates[candidate];
            likeness.chosen(ordinal, ranked, next + 1, count);
            for (int i = next + 1; i < count; i++) {
                int other = candidates[ranked[i]];
                if (items.group(other) == items.group(ordinal)) {
                    boolean adjacent = items.next(ordinal) == other || items.previous(ordinal) == other;
                    total[ranked[i]] += (adjacent ? ADJACENT_BONUS : 0) - SAME_CONVERSATION_PENALTY;
                }
            }
        }
    }
}
