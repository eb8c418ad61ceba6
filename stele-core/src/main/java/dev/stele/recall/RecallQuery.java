package dev.stele.recall;

import dev.stele.language.TokenCounter;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Query to the memory of an agent. Immutable; each {@code with} method returns a copy.
 *
 * @param text question or terms; not blank. Text in "double quotes" is a phrase, whose stop words are ignored; in
 *     keyword mode, only items that contain all phrases are found
 * @param limit maximum number of hits; at least 1
 * @param mode features by which items are ranked
 * @param filter items that may be found
 * @param asOf point in time at which the memory is queried: later items are left out, and edited items have their text
 *     of that time; empty for now
 * @param explain whether hits contain the value of each ranking feature
 * @param weights weights that replace the default ones, by name of feature, from -100 to 100; 0 disables a feature
 * @param maxTokens maximum number of tokens of all hits together in a prompt, at least 1, see {@link TokenCounter};
 *     hits that would exceed it are left out
 * @param fold whether an item that says the same as a better hit, or was taken from better hits and adds nothing to
 *     them, is folded into that hit
 * @param diversity penalty for the similarity of a hit to a better one (maximal marginal relevance: Carbonell and
 *     Goldstein, The use of MMR, 1998), 0 to 1; 0 for no penalty; with 1, only the best hit is selected by its own
 *     score
 */
public record RecallQuery(
        String text,
        int limit,
        RecallMode mode,
        RecallFilter filter,
        Optional<Instant> asOf,
        boolean explain,
        Map<String, Double> weights,
        OptionalInt maxTokens,
        boolean fold,
        double diversity) {

    /** Maximum absolute value of a weight. */
    private static final double MAX_WEIGHT = 100;

    /** Default maximum number of hits. */
    public static final int DEFAULT_LIMIT = 10;

    /**
     * Checks the values.
     *
     * @throws InvalidInputException if the text is blank, a number is out of its range, or a weight names no feature
     */
    public RecallQuery {
        if (text.isBlank()) {
            throw new InvalidInputException("The query is blank; ask something.");
        }
        if (limit < 1) {
            throw new InvalidInputException("The limit is %d; it must be at least 1.".formatted(limit));
        }
        maxTokens.ifPresent(max -> {
            if (max < 1) {
                throw new InvalidInputException("The query's max_tokens is %d; it must be at least 1.".formatted(max));
            }
        });
        if (!(diversity >= 0 && diversity <= 1)) {
            throw new InvalidInputException(
                    "The query's diversity is %s; it must lie from 0 to 1.".formatted(diversity));
        }
        weights = Map.copyOf(weights);
        weights.forEach((signal, weight) -> {
            Fusion.check(signal);
            if (!(Math.abs(weight) <= MAX_WEIGHT)) {
                throw new InvalidInputException("The weight of %s is %s; it must lie from -%s to %s."
                        .formatted(signal, weight, MAX_WEIGHT, MAX_WEIGHT));
            }
        });
    }

    /** Returns whether the query gives a weight to the uses of notes. */
    boolean countsUses() {
        return weights.getOrDefault(Fusion.Signal.USES.word, 0.0) != 0;
    }

    /** Returns the names of all ranking features, as used in {@link #weights}. */
    public static List<String> signals() {
        return Fusion.names();
    }

    /**
     * Returns a query in hybrid mode for the ten best hits, without a filter.
     *
     * @param text question or terms; not blank
     */
    public static RecallQuery of(String text) {
        return new RecallQuery(
                text,
                DEFAULT_LIMIT,
                RecallMode.HYBRID,
                RecallFilter.ALL,
                Optional.empty(),
                false,
                Map.of(),
                OptionalInt.empty(),
                true,
                0);
    }

    /**
     * Returns this query with another maximum number of hits.
     *
     * @param newLimit maximum number of hits; at least 1
     */
    public RecallQuery withLimit(int newLimit) {
        return new RecallQuery(text, newLimit, mode, filter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    /**
     * Returns this query in another mode.
     *
     * @param newMode features by which items are ranked
     */
    public RecallQuery withMode(RecallMode newMode) {
        return new RecallQuery(text, limit, newMode, filter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    /**
     * Returns this query with another filter.
     *
     * @param newFilter items that may be found
     */
    public RecallQuery withFilter(RecallFilter newFilter) {
        return new RecallQuery(text, limit, mode, newFilter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    /**
     * Returns this query, asked of the memory at a point in time.
     *
     * @param time point in time; later items are left out
     */
    public RecallQuery withAsOf(Instant time) {
        return new RecallQuery(
                text, limit, mode, filter, Optional.of(time), explain, weights, maxTokens, fold, diversity);
    }

    /** Returns this query with explanations: hits contain the value of each ranking feature. */
    public RecallQuery withExplain() {
        return new RecallQuery(text, limit, mode, filter, asOf, true, weights, maxTokens, fold, diversity);
    }

    /**
     * Returns this query with other weights.
     *
     * @param newWeights weights by name of feature, from -100 to 100; 0 disables a feature
     */
    public RecallQuery withWeights(Map<String, Double> newWeights) {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, newWeights, maxTokens, fold, diversity);
    }

    /**
     * Returns this query with a token budget.
     *
     * @param newMaxTokens maximum number of tokens of all hits together in a prompt; at least 1
     */
    public RecallQuery withMaxTokens(int newMaxTokens) {
        return new RecallQuery(
                text, limit, mode, filter, asOf, explain, weights, OptionalInt.of(newMaxTokens), fold, diversity);
    }

    /**
     * Returns this query with diversification.
     *
     * @param newDiversity penalty for the similarity of a hit to a better one, 0 to 1
     */
    public RecallQuery withDiversity(double newDiversity) {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, weights, maxTokens, fold, newDiversity);
    }

    /** Returns this query without folding: items that say the same are separate hits. */
    public RecallQuery withoutFolding() {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, weights, maxTokens, false, diversity);
    }

    /**
     * Reads a query in the JSON format of the REST API.
     *
     * @param json fields of the query; only {@code query} is required
     * @throws InvalidInputException if a field is unknown, missing or has an invalid value
     */
    public static RecallQuery fromJson(JsonObject json) {
        json.only("query", "limit", "mode", "filter", "as_of", "explain", "weights", "max_tokens", "fold", "diversity");
        Optional<Long> maxTokens = json.optionalLong("max_tokens");
        return new RecallQuery(
                json.string("query"),
                whole(json.optionalLong("limit").orElse((long) DEFAULT_LIMIT)),
                json.optionalString("mode").map(RecallMode::of).orElse(RecallMode.HYBRID),
                json.object("filter").map(RecallFilter::fromJson).orElse(RecallFilter.ALL),
                json.optionalInstant("as_of"),
                json.optionalBoolean("explain").orElse(false),
                json.mapOf(
                        "weights", "a number", value -> value instanceof Number number ? number.doubleValue() : null),
                maxTokens.map(max -> OptionalInt.of(whole(max))).orElse(OptionalInt.empty()),
                json.optionalBoolean("fold").orElse(true),
                json.optionalDouble("diversity").orElse(0.0));
    }

    /** Converts a long to an int, clamped to the range of ints. */
    private static int whole(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
