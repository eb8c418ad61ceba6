package dev.stele.recall;

import dev.stele.index.LiveItems;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Several signals become one score: each is scaled to 0 to 1 over the candidates (min-max), then they are added with
 * weights and divided by the sum of the weights, so that a score of 1 means best by every signal.
 */
final class Fusion {

    /** A signal's name in explanations and its weight. */
    enum Signal {
        WINDOW("window", 0.5f),
        TURN("turn", 0.5f),
        SESSION("session", 0.5f),
        ANCHOR("anchor", 0.25f),
        MEANING("meaning", 1.0f),
        NEIGHBOUR("neighbour", 0.4f);

        final String word;
        final float weight;

        Signal(String word, float weight) {
            this.word = word;
            this.weight = weight;
        }
    }

    private final BitSet candidates;
    private final float[] total;
    private final Map<Signal, float[]> scaled = new LinkedHashMap<>();
    private float weights;

    Fusion(BitSet candidates, int size) {
        this.candidates = candidates;
        this.total = new float[size];
    }

    /** Adds a signal; NaN counts as the least. */
    void add(Signal signal, float[] values) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            if (!Float.isNaN(values[i])) {
                least = Math.min(least, values[i]);
                most = Math.max(most, values[i]);
            }
        }
        var unit = new float[values.length];
        float range = most > least ? most - least : Math.max(most, Float.MIN_NORMAL);
        float from = most > least ? least : 0; // all alike: all best, or none if there is nothing
        if (most > 0 || most > least) {
            for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
                unit[i] = Float.isNaN(values[i]) ? 0 : (values[i] - from) / range;
                total[i] += signal.weight * unit[i];
            }
        }
        weights += signal.weight;
        scaled.put(signal, unit);
    }

    float score(int position) {
        return weights == 0 ? 0 : total[position] / weights;
    }

    Map<String, Double> explain(int position) {
        var parts = new LinkedHashMap<String, Double>();
        scaled.forEach((signal, values) -> parts.put(signal.word, (double) values[position]));
        return parts;
    }

    /** For each position the greater value of the two beside it; NaN where there is none. */
    static float[] betterNeighbour(LiveItems items, float[] values) {
        var better = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            float before = items.neighbours(i, i - 1) ? values[i - 1] : Float.NaN;
            float after = items.neighbours(i, i + 1) ? values[i + 1] : Float.NaN;
            better[i] = Float.isNaN(before) ? after : Float.isNaN(after) ? before : Math.max(before, after);
        }
        return better;
    }

    /** Positions of the best scores among the candidates, best first; equal ones by position. */
    int[] best(BitSet worthy) {
        return worthy.stream()
                .boxed()
                .sorted((a, b) -> {
                    int byScore = Float.compare(total[b], total[a]);
                    return byScore != 0 ? byScore : Integer.compare(a, b);
                })
                .mapToInt(Integer::intValue)
                .toArray();
    }

    static float at(float @Nullable [] values, int position) {
        return values == null || Float.isNaN(values[position]) ? 0 : values[position];
    }
}
