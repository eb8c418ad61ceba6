package dev.stele.recall;

import dev.stele.index.LiveItems;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Several signals become one score: what has a scale of its own is brought to 0 to 1 over the candidates (min-max), then all
 * are added with weights. The weights are those of a logistic regression over the turns of a conversation (which of them does
 * the question mean?), found on conversations for development and checked on those left out. A score of 1 would be best by
 * every signal.
 */
final class Fusion {

    /** What cosines of one question with a conversation's turns differ by, about. */
    private static final float COSINES = 0.2f;

    /** A signal's name in explanations, its weight, and whether it is scaled over the candidates. */
    enum Signal {
        /** Words of the question in the turn and those beside it. */
        WINDOW("window", 3.18f, true),
        /** Words of the question in the turn, its speaker and its date. */
        TURN("turn", 0.88f, true),
        /** Words of the question in the whole conversation. */
        SESSION("session", 2.29f, true),
        /** Words of the question in the next turn: that one, and not this, is then meant. */
        NEXT_TURN("nextTurn", -1.08f, false),
        /** Said by somebody whom the question names. */
        SPEAKER("speaker", 1.06f, false),
        /** Near the question in meaning. */
        MEANING("meaning", 4.56f, true, COSINES),
        /** The turn after is near. */
        AFTER("after", 1.14f, false),
        /** Some turns of the conversation are near. */
        TOPIC("topic", 1.63f, true, COSINES),
        /** Has much to say. */
        LENGTH("length", 2.62f, false),
        /** Asks rather than tells. */
        ASKS("asks", -1.04f, false),
        /** Follows a turn that asks. */
        ANSWERS("answers", 0.81f, false),
        /** Tells a time, when the question wants one. */
        TIME("time", 2.21f, false);

        final String word;
        final float weight;
        final boolean relative;
        /** Values nearer to each other than this are not torn apart to 0 and 1: among few items all may be alike. */
        final float leastRange;

        Signal(String word, float weight, boolean relative) {
            this(word, weight, relative, 0);
        }

        Signal(String word, float weight, boolean relative, float leastRange) {
            this.word = word;
            this.weight = weight;
            this.relative = relative;
            this.leastRange = leastRange;
        }
    }

    private static final float BESIDE_CHOSEN = 0.3f;
    private static final float SAME_CONVERSATION = 0.08f;
    private static final int LEAST_SPREAD = 120;

    private final BitSet candidates;
    private final float[] total;
    private final Map<String, Double> weights;
    private final Map<Signal, float[]> parts = new LinkedHashMap<>();
    /** What the worst and the best by every signal would have. */
    private float worst;

    private float best;

    /** @param weights other weights for some signals */
    Fusion(BitSet candidates, int size, Map<String, Double> weights) {
        this.weights = weights;
        this.candidates = candidates;
        this.total = new float[size];
    }

    /** Adds a signal and returns its values as they were added; NaN counts as the least. */
    float[] add(Signal signal, float[] values) {
        float[] unit = signal.relative ? scaled(values, signal.leastRange) : values;
        float weight = weights.getOrDefault(signal.word, (double) signal.weight).floatValue();
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            total[i] += weight * unit[i];
        }
        worst += Math.min(0, weight);
        best += Math.max(0, weight);
        parts.put(signal, unit);
        return unit;
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

    private float[] scaled(float[] values, float leastRange) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            if (!Float.isNaN(values[i])) {
                least = Math.min(least, values[i]);
                most = Math.max(most, values[i]);
            }
        }
        var unit = new float[values.length];
        // All alike: all best, or none if there is nothing.
        float range = most > least ? Math.max(leastRange, most - least) : Math.max(most, Float.MIN_NORMAL);
        if (most > 0 || most > least) {
            for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
                unit[i] = Float.isNaN(values[i]) ? 0 : 1 - (most - values[i]) / range;
            }
        }
        return unit;
    }

    float score(int position) {
        return best == worst ? 0 : Math.clamp((total[position] - worst) / (best - worst), 0f, 1f);
    }

    Map<String, Double> explain(int position) {
        var explained = new LinkedHashMap<String, Double>();
        parts.forEach((signal, values) -> explained.put(signal.word, (double) values[position]));
        return explained;
    }

    /** For each position the value of the one a step away in its conversation, or 0 where there is none. */
    static float[] beside(LiveItems items, float[] values, int step) {
        var moved = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            if (items.neighbours(i, i + step) && !Float.isNaN(values[i + step])) {
                moved[i] = values[i + step];
            }
        }
        return moved;
    }

    /** For each position the mean of the three greatest values of its conversation; NaN where there is none. */
    static float[] topic(LiveItems items, float[] values) {
        var greatest = new float[3 * items.groupCount()];
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < values.length; i++) {
            float value = values[i];
            for (int k = 3 * items.group(i), end = k + 3; k < end; k++) {
                if (value > greatest[k]) { // false for NaN
                    float smaller = greatest[k];
                    greatest[k] = value;
                    value = smaller;
                }
            }
        }
        var topic = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            float sum = 0;
            int count = 0;
            for (int k = 3 * items.group(i), end = k + 3; k < end; k++) {
                if (greatest[k] > Float.NEGATIVE_INFINITY) {
                    sum += greatest[k];
                    count++;
                }
            }
            topic[i] = count == 0 ? Float.NaN : sum / count;
        }
        return topic;
    }

    /**
     * Positions of the best scores among the worthy, best first; equal ones by position. The first of them are spread: one
     * after another is chosen, and each choice lifts the turns beside it, which often complete it, and lowers the rest of
     * its conversation a little, so that an answer whose parts lie in several is not crowded out by one.
     *
     * @param wanted how many hits will be shown at most
     */
    int[] best(LiveItems items, BitSet worthy, int wanted) {
        // As one number each, score before position, so that they are sorted without being boxed.
        var keys = new long[worthy.cardinality()];
        int count = 0;
        for (int i = worthy.nextSetBit(0); i >= 0; i = worthy.nextSetBit(i + 1)) {
            keys[count++] = ((long) ~ordered(total[i]) << 32) | i;
        }
        Arrays.sort(keys);
        var ranked = new int[count];
        for (int i = 0; i < count; i++) {
            ranked[i] = (int) keys[i];
        }
        spread(items, ranked, Math.min(ranked.length, Math.max(LEAST_SPREAD, 2 * wanted)));
        return ranked;
    }

    /** A whole number that compares as the given one does. */
    private static int ordered(float value) {
        int bits = Float.floatToIntBits(value + 0f); // so that there is one zero
        return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }

    /** Orders the first {@code most} of a ranking anew. */
    private void spread(LiveItems items, int[] ranked, int most) {
        float least = Float.POSITIVE_INFINITY;
        for (int next = 0; next < most; next++) {
            int chosen = next;
            for (int i = next + 1; i < most; i++) {
                if (total[ranked[i]] > total[ranked[chosen]]) {
                    chosen = i;
                }
            }
            int position = ranked[chosen];
            // Moved up by one rather than swapped, so that equal ones keep their order.
            System.arraycopy(ranked, next, ranked, next + 1, chosen - next);
            ranked[next] = position;
            least = Math.min(least, total[position]);
            total[position] = least; // what is shown falls along the list
            for (int i = next + 1; i < most; i++) {
                int other = ranked[i];
                if (items.group(other) == items.group(position)) {
                    total[other] += (Math.abs(other - position) == 1 ? BESIDE_CHOSEN : 0) - SAME_CONVERSATION;
                }
            }
        }
    }

    static float at(float @Nullable [] values, int position) {
        return values == null || Float.isNaN(values[position]) ? 0 : values[position];
    }
}
