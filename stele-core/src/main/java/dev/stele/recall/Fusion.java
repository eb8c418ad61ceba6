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
 * Several signals become one score: what has a scale of its own is brought to 0 to 1 over all that passes the filter (min-max),
 * then all are added with weights. The weights are those of a logistic regression over the turns of a conversation (which of
 * them does the question mean?), found on conversations for development and checked on those left out. A score of 1 would be
 * best by every signal. For one thread.
 */
final class Fusion {

    /** What cosines of one question with a conversation's turns differ by, about. */
    private static final float COSINES = 0.2f;

    /** A signal's name in explanations, its weight, and values nearer to each other than this are not torn apart to 0 and 1. */
    enum Signal {
        /** How many of the question's words are in the turn and the two before it, rare ones counting more. */
        COVERED("covered", 4.06f),
        /** Words of the question in the turn, its speaker and its date. */
        TURN("turn", 0.65f),
        /** Words of the question in the whole conversation. */
        SESSION("session", 1.24f),
        /** Said by somebody whom the question names. */
        SPEAKER("speaker", 1.34f),
        /** Near the question in meaning. */
        MEANING("meaning", 4.67f, COSINES),
        /** The turn after is near. */
        AFTER("after", 0.97f),
        /** The turn before is near: that one, and not this, is then meant, of which what is embedded includes it. */
        BEFORE("before", -2.36f),
        /** Some turns of the conversation are near. */
        TOPIC("topic", 2.61f, COSINES),
        /** Has much to say. */
        LENGTH("length", 1.51f),
        /** Asks rather than tells. */
        ASKS("asks", -0.72f),
        /** Follows a turn that asks, as far as that is near; without meaning, as far as words of the question are in it. */
        ANSWERS("answers", 1.71f),
        /** Tells a time, when the question wants one. */
        TIME("time", 2.18f),
        /** Holds all that the question quotes. */
        PHRASE("phrase", 1.5f),
        /** Was said at a time that the question names. */
        WHEN("when", 2.4f),
        /** Was said not long before the newest; counts by itself when the question asks for the latest. */
        RECENCY("recency", 0),
        /** Is a note that was recalled often, and lately; counts only where a query gives it a weight. */
        USES("uses", 0),
        /** Is an important note. */
        IMPORTANCE("importance", 1),
        /** Speaks of what the question names, or of what is related to it. */
        GRAPH("graph", 2f);

        final String word;
        final float weight;
        final float leastRange;

        Signal(String word, float weight) {
            this(word, weight, 0);
        }

        Signal(String word, float weight, float leastRange) {
            this.word = word;
            this.weight = weight;
            this.leastRange = leastRange;
        }

        /** From the values of all that passes to 0 to 1. */
        Scale scale(float least, float most) {
            return new Scale(least, most, leastRange);
        }
    }

    /** From a signal's own values to 0 to 1; NaN counts as the least, more than the most as that. */
    static final class Scale {
        private final boolean anything;
        private final float most;
        private final float perUnit;

        private Scale(float least, float most, float leastRange) {
            // All alike: all best, or none if there is nothing.
            this.anything = most > 0 || most > least;
            this.most = most;
            this.perUnit = 1 / (most > least ? Math.max(leastRange, most - least) : Math.max(most, Float.MIN_NORMAL));
        }

        float of(float value) {
            return Float.isNaN(value) || !anything ? 0 : Math.clamp(1 - (most - value) * perUnit, 0, 1);
        }
    }

    private static final float BESIDE_CHOSEN = 0.3f;
    private static final float SAME_CONVERSATION = 0.08f;
    private static final int MIN_SPREAD = 120;

    private final int[] candidates;
    private final float[] total;
    private final Map<String, Double> weights;
    private final Map<Signal, float[]> parts = new LinkedHashMap<>();
    /** What the worst and the best by every signal would have. */
    private float worst;

    private float best;

    /**
     * @param candidates their slots, in an order that does not depend on how the picture came to be
     * @param weights other weights for some signals
     */
    Fusion(int[] candidates, Map<String, Double> weights) {
        this.candidates = candidates;
        this.weights = weights;
        this.total = new float[candidates.length];
    }

    /** Adds a signal, 0 to 1 for each candidate. */
    void add(Signal signal, float[] values) {
        add(signal, signal.weight, values);
    }

    /** Adds a signal with a weight that suits the question, unless the query says another. */
    void add(Signal signal, float suiting, float[] values) {
        float weight = weights.getOrDefault(signal.word, (double) suiting).floatValue();
        for (int i = 0; i < total.length; i++) {
            total[i] += weight * values[i];
        }
        worst += Math.min(0, weight);
        best += Math.max(0, weight);
        parts.put(signal, values);
    }

    /** @throws InvalidInputException if there is no signal of this name */
    static void check(String name) {
        if (!names().contains(name)) {
            throw new InvalidInputException(
                    "There is no signal " + Json.write(name) + "; there are " + String.join(", ", names()) + ".");
        }
    }

    /** The names of all signals. */
    static List<String> names() {
        return Arrays.stream(Signal.values()).map(signal -> signal.word).toList();
    }

    /** The score of a candidate, by its index. */
    float score(int candidate) {
        return best == worst ? 0 : Math.clamp((total[candidate] - worst) / (best - worst), 0f, 1f);
    }

    Map<String, Double> explain(int candidate) {
        var explained = new LinkedHashMap<String, Double>();
        parts.forEach((signal, values) -> explained.put(signal.word, (double) values[candidate]));
        return explained;
    }

    /**
     * Indexes of candidates, the best score first; equal ones in the order of the candidates. The first of them are spread: one after another is
     * chosen, and each choice lifts the turns beside it, which often complete it, and lowers the rest of its conversation a
     * little, so that an answer whose parts lie in several is not crowded out by one.
     *
     * @param wanted how many hits will be shown at most
     * @param diversity how much it counts against one of the first that it is like one before it, 0 to 1
     */
    int[] best(IndexSnapshot items, int wanted, double diversity) {
        // As one number each, score before index, so that they are sorted without being boxed.
        var keys = new long[total.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ((long) ~ordered(total[i]) << 32) | i;
        }
        Arrays.sort(keys);
        var ranked = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            ranked[i] = (int) keys[i];
        }
        int most = (int) Math.min(ranked.length, Math.max(MIN_SPREAD, 2L * wanted));
        spread(items, ranked, most, new Likeness(items, (float) diversity));
        return ranked;
    }

    /** A whole number that compares as the given one does. */
    private static int ordered(float value) {
        int bits = Float.floatToIntBits(value + 0f); // so that there is one zero
        return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }

    /** How like each candidate is to those that are chosen already. */
    private final class Likeness {
        private final IndexSnapshot items;
        private final float share;
        /** The greatest cosine by candidate; nothing if it does not count. */
        private final float[] greatest;

        Likeness(IndexSnapshot items, float share) {
            this.items = items;
            this.share = share;
            this.greatest = new float[share > 0 ? total.length : 0];
        }

        void chosen(int slot, int[] ranked, int from, int to) {
            Optional<float[]> vector = share > 0 ? items.vector(slot) : Optional.empty();
            if (vector.isEmpty()) {
                return;
            }
            int[] others =
                    IntStream.range(from, to).map(i -> candidates[ranked[i]]).toArray();
            float[] cosines = items.cosines(vector.get(), others);
            for (int i = from; i < to; i++) {
                float cosine = cosines[i - from];
                greatest[ranked[i]] = Math.max(greatest[ranked[i]], Float.isNaN(cosine) ? 0 : cosine);
            }
        }

        /** What it is worth to choose a candidate next. */
        float worth(int candidate) {
            return share > 0
                    ? (1 - share) * total[candidate] - share * (best - worst) * greatest[candidate]
                    : total[candidate];
        }
    }

    /** Orders the first {@code most} of a ranking anew. */
    private void spread(IndexSnapshot items, int[] ranked, int most, Likeness likeness) {
        float least = Float.POSITIVE_INFINITY;
        for (int next = 0; next < most; next++) {
            int chosen = next;
            for (int i = next + 1; i < most; i++) {
                if (likeness.worth(ranked[i]) > likeness.worth(ranked[chosen])) {
                    chosen = i;
                }
            }
            int candidate = ranked[chosen];
            // Moved up by one rather than swapped, so that equal ones keep their order.
            System.arraycopy(ranked, next, ranked, next + 1, chosen - next);
            ranked[next] = candidate;
            least = Math.min(least, total[candidate]);
            total[candidate] = least; // what is shown falls along the list
            int slot = candidates[candidate];
            likeness.chosen(slot, ranked, next + 1, most);
            for (int i = next + 1; i < most; i++) {
                int other = candidates[ranked[i]];
                if (items.group(other) == items.group(slot)) {
                    boolean beside = items.next(slot) == other || items.previous(slot) == other;
                    total[ranked[i]] += (beside ? BESIDE_CHOSEN : 0) - SAME_CONVERSATION;
                }
            }
        }
    }
}
