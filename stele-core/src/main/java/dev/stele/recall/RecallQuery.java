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
 * A question to an agent's memory. Immutable.
 *
 * @param text the question or some words; not blank. What stands in "double quotes" counts as a phrase, of which stop words are no part; in keyword mode only
 *     items that hold it are found
 * @param limit most hits to return
 * @param mode by what items are ranked
 * @param filter which items may be found
 * @param asOf answer as the memory stood at this time: later items are out, edited ones show their text of then
 * @param explain whether hits carry the score of each signal
 * @param weights other weights for some signals, by their names in explanations; 0 leaves one out
 * @param maxTokens most tokens that all hits together take in a prompt, see {@link TokenCounter}; hits that would pass it are left
 *     out
 * @param fold whether an item that says nearly the same as a better one, or was taken from better ones and tells nothing beyond them, is
 *     shown with that
 * @param diversity 0 to 1: how much it counts against a hit that it is like a better one (maximal marginal relevance: Carbonell and Goldstein,
 *     The use of MMR, 1998); 0 for not at all, by 1 the best hit alone is chosen for itself
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

    private static final double MAX_WEIGHT = 100;

    public static final int DEFAULT_LIMIT = 10;

    public RecallQuery {
        if (text.isBlank()) {
            throw new InvalidInputException("The query is blank; ask something.");
        }
        if (limit < 1) {
            throw new InvalidInputException("The limit is %d; it must be at least 1.".formatted(limit));
        }
        maxTokens.ifPresent(most -> {
            if (most < 1) {
                throw new InvalidInputException("The query's max_tokens is %d; it must be at least 1.".formatted(most));
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

    /** Whether it is to count how often notes were recalled. */
    boolean countsUses() {
        return weights.getOrDefault(Fusion.Signal.USES.word, 0.0) != 0;
    }

    /** The names of all signals, by which weights are given. */
    public static List<String> signals() {
        return Fusion.names();
    }

    /** Asks in hybrid mode for the ten best, unfiltered. */
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

    public RecallQuery withLimit(int most) {
        return new RecallQuery(text, most, mode, filter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    public RecallQuery withMode(RecallMode newMode) {
        return new RecallQuery(text, limit, newMode, filter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    public RecallQuery withFilter(RecallFilter newFilter) {
        return new RecallQuery(text, limit, mode, newFilter, asOf, explain, weights, maxTokens, fold, diversity);
    }

    public RecallQuery withAsOf(Instant time) {
        return new RecallQuery(
                text, limit, mode, filter, Optional.of(time), explain, weights, maxTokens, fold, diversity);
    }

    public RecallQuery withExplain() {
        return new RecallQuery(text, limit, mode, filter, asOf, true, weights, maxTokens, fold, diversity);
    }

    public RecallQuery withWeights(Map<String, Double> others) {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, others, maxTokens, fold, diversity);
    }

    public RecallQuery withMaxTokens(int most) {
        return new RecallQuery(
                text, limit, mode, filter, asOf, explain, weights, OptionalInt.of(most), fold, diversity);
    }

    public RecallQuery withDiversity(double share) {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, weights, maxTokens, fold, share);
    }

    /** Shows items that say nearly the same one by one. */
    public RecallQuery withoutFolding() {
        return new RecallQuery(text, limit, mode, filter, asOf, explain, weights, maxTokens, false, diversity);
    }

    /** Reads the form of REST; only {@code query} must be there. */
    public static RecallQuery fromJson(JsonObject json) {
        json.only("query", "limit", "mode", "filter", "asOf", "explain", "weights", "max_tokens", "fold", "diversity");
        Optional<Long> maxTokens = json.optionalLong("max_tokens");
        return new RecallQuery(
                json.string("query"),
                whole(json.optionalLong("limit").orElse((long) DEFAULT_LIMIT)),
                json.optionalString("mode").map(RecallMode::of).orElse(RecallMode.HYBRID),
                json.object("filter").map(RecallFilter::fromJson).orElse(RecallFilter.ALL),
                json.optionalInstant("asOf"),
                json.optionalBoolean("explain").orElse(false),
                json.mapOf(
                        "weights", "a number", value -> value instanceof Number number ? number.doubleValue() : null),
                maxTokens.map(most -> OptionalInt.of(whole(most))).orElse(OptionalInt.empty()),
                json.optionalBoolean("fold").orElse(true),
                json.optionalDouble("diversity").orElse(0.0));
    }

    private static int whole(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
