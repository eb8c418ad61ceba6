package dev.stele.recall;

import dev.stele.recall.Fusion.Signal;
import java.util.EnumMap;
import java.util.Map;

/**
 * Weights of the ranking features for one query. There is a set of weights for each combination of signals (words and
 * vectors, words alone, vectors alone), and each weight has two values: one for a memory of brief turns, as people
 * chat, and one for a memory of prose, as assistants write. A memory in between gets a value in between. Vectors and
 * neighboring turns identify a brief turn best; in prose, words do.
 *
 * <p>The weights were fitted by softmax regression on development data of several kinds, each kind counting alike, and
 * checked by leaving out conversations and whole kinds; docs/internals/recall.md has the figures. Immutable.
 */
final class SignalWeights {

    /** Median length of messages, in terms, up to which a memory consists of brief turns. */
    private static final float BRIEF_TERMS = 20;

    /** Median length of messages, in terms, from which on a memory consists of prose. */
    private static final float PROSE_TERMS = 60;

    private final Map<Signal, Float> weights = new EnumMap<>(Signal.class);
    private final Map<String, Double> overrides;

    private SignalWeights(Map<String, Double> overrides) {
        this.overrides = overrides;
    }

    /**
     * Returns the weights for a query.
     *
     * @param byWords whether keyword features count
     * @param byVectors whether vector features count
     * @param medianLength median length of the messages of the memory, in terms
     * @param overrides weights that replace the default ones, by name of feature
     */
    static SignalWeights of(boolean byWords, boolean byVectors, float medianLength, Map<String, Double> overrides) {
        float prose = Math.clamp((medianLength - BRIEF_TERMS) / (PROSE_TERMS - BRIEF_TERMS), 0, 1);
        var result = new SignalWeights(overrides);
        for (Signal signal : Signal.values()) {
            Weight weight = !byVectors ? words(signal) : byWords ? wordsAndVectors(signal) : vectors(signal);
            result.weights.put(signal, weight.brief + prose * (weight.prose - weight.brief));
        }
        return result;
    }

    /** Returns weights with no memory in mind, for brief turns, by words and vectors. */
    static SignalWeights ofBriefTurns(Map<String, Double> overrides) {
        return of(true, true, 0, overrides);
    }

    /**
     * Returns the weight of a feature.
     *
     * @param signal ranking feature
     */
    float of(Signal signal) {
        return of(signal, weights.getOrDefault(signal, 0f));
    }

    /**
     * Returns the weight of a feature that has another default weight for this query.
     *
     * @param signal ranking feature
     * @param defaultWeight weight unless the query gives another one
     */
    float of(Signal signal, float defaultWeight) {
        return overrides.getOrDefault(signal.word, (double) defaultWeight).floatValue();
    }

    /**
     * Weight of a feature.
     *
     * @param brief weight in a memory of brief turns
     * @param prose weight in a memory of prose
     */
    private record Weight(float brief, float prose) {}

    private static Weight both(double weight) {
        return new Weight((float) weight, (float) weight);
    }

    private static Weight of(double brief, double prose) {
        return new Weight((float) brief, (float) prose);
    }

    private static Weight wordsAndVectors(Signal signal) {
        return switch (signal) {
            case COVERED -> of(4.06, 0.63);
            case TURN -> of(0.65, 2.55);
            case SESSION -> of(1.24, 0.11);
            case SPEAKER -> of(1.34, 1.08);
            case ROLE -> of(0.81, 1.53);
            case MEANING -> of(4.67, 0.58);
            case AFTER -> of(0.97, 2.80);
            case BEFORE -> of(-2.36, -0.33);
            case TOPIC -> of(2.61, 1.51);
            case LENGTH -> of(1.51, 0);
            case EXCESS -> of(0, -2.14);
            case ASKS -> of(-0.72, -0.36);
            case ANSWERS -> of(1.71, 0);
            case TIME -> of(2.18, 0.66);
            case QUESTION, PHRASE, WHEN, RECENCY, USES, IMPORTANCE, GRAPH -> common(signal);
        };
    }

    private static Weight words(Signal signal) {
        return switch (signal) {
            case COVERED -> of(2.92, 0.67);
            case TURN -> of(1.97, 3.85);
            case SESSION -> of(2.45, 0.50);
            case SPEAKER -> both(1.14);
            case ROLE -> of(1.01, 1.71);
            case LENGTH -> of(1.65, 0);
            case EXCESS -> of(0, -2.65);
            case ASKS -> of(-0.86, -0.27);
            case ANSWERS -> of(1.86, 0);
            case TIME -> of(1.45, 0.81);
            case MEANING, AFTER, BEFORE, TOPIC -> both(0);
            case QUESTION, PHRASE, WHEN, RECENCY, USES, IMPORTANCE, GRAPH -> common(signal);
        };
    }

    private static Weight vectors(Signal signal) {
        return switch (signal) {
            case SPEAKER -> of(1.34, 1.10);
            case ROLE -> of(0.77, 1.70);
            case MEANING -> of(4.67, 1.46);
            case AFTER -> of(0.97, 4.28);
            case BEFORE -> of(-2.36, -0.60);
            case TOPIC -> of(2.61, 2.69);
            case LENGTH -> of(1.51, 0);
            case EXCESS -> of(0, -1.13);
            case ASKS -> of(-0.72, -0.30);
            case ANSWERS -> of(1.71, 0);
            case TIME -> of(2.18, 0.60);
            case COVERED, TURN, SESSION -> both(0);
            case QUESTION, PHRASE, WHEN, RECENCY, USES, IMPORTANCE, GRAPH -> common(signal);
        };
    }

    /** Returns the weight of a feature that applies to few queries or items, set by hand. */
    private static Weight common(Signal signal) {
        return both(
                switch (signal) {
                    case QUESTION -> -8;
                    case PHRASE -> 1.5;
                    case WHEN -> 2.4;
                    case IMPORTANCE -> 1;
                    case GRAPH -> 2;
                    default -> 0;
                });
    }
}
