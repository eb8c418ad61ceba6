package dev.stele.recall;

import dev.stele.analysis.TextTraits;
import dev.stele.language.TokenCounter;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
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
 * @param minScore minimum score of a hit, 0 to 1. The score tells how close a hit comes to the best possible one for
 *     the query; {@link RecallResult}'s confidence tells whether the memory has an answer at all
 * @param referenceDate time that "yesterday" and "last May" in the text are resolved against; empty for {@code asOf},
 *     or now
 * @param zone time zone in which the days of the text begin
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
        double diversity,
        double minScore,
        Optional<Instant> referenceDate,
        ZoneId zone) {

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
        if (!(minScore >= 0 && minScore <= 1)) {
            throw new InvalidInputException(
                    "The query's min_score is %s; it must lie from 0 to 1.".formatted(minScore));
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

    /**
     * Returns whether this query is a question that no question answers: it does not ask for earlier questions, and
     * names no role and no kind.
     */
    boolean asksForStatements() {
        return TextTraits.isQuestion(text)
                && !TextTraits.asksForQuestions(text)
                && filter.role().isEmpty()
                && filter.kinds().isEmpty();
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
        return builder(text).build();
    }

    /**
     * Returns a builder of a query in hybrid mode for the ten best hits, without a filter.
     *
     * @param text question or terms; not blank
     */
    public static Builder builder(String text) {
        return new Builder(text);
    }

    /** Returns a builder that starts with this query. */
    public Builder toBuilder() {
        var builder = new Builder(text);
        builder.limit = limit;
        builder.mode = mode;
        builder.filter = filter;
        builder.asOf = asOf;
        builder.explain = explain;
        builder.weights = weights;
        builder.maxTokens = maxTokens;
        builder.fold = fold;
        builder.diversity = diversity;
        builder.minScore = minScore;
        builder.referenceDate = referenceDate;
        builder.zone = zone;
        return builder;
    }

    /**
     * Returns this query with another maximum number of hits.
     *
     * @param newLimit maximum number of hits; at least 1
     */
    public RecallQuery withLimit(int newLimit) {
        return toBuilder().limit(newLimit).build();
    }

    /**
     * Returns this query in another mode.
     *
     * @param newMode features by which items are ranked
     */
    public RecallQuery withMode(RecallMode newMode) {
        return toBuilder().mode(newMode).build();
    }

    /**
     * Returns this query with another filter.
     *
     * @param newFilter items that may be found
     */
    public RecallQuery withFilter(RecallFilter newFilter) {
        return toBuilder().filter(newFilter).build();
    }

    /**
     * Returns this query, asked of the memory at a point in time.
     *
     * @param time point in time; later items are left out
     */
    public RecallQuery withAsOf(Instant time) {
        return toBuilder().asOf(time).build();
    }

    /** Returns this query with explanations: hits contain the value of each ranking feature. */
    public RecallQuery withExplain() {
        return toBuilder().explain(true).build();
    }

    /**
     * Returns this query with other weights.
     *
     * @param newWeights weights by name of feature, from -100 to 100; 0 disables a feature
     */
    public RecallQuery withWeights(Map<String, Double> newWeights) {
        return toBuilder().weights(newWeights).build();
    }

    /**
     * Returns this query with a token budget.
     *
     * @param newMaxTokens maximum number of tokens of all hits together in a prompt; at least 1
     */
    public RecallQuery withMaxTokens(int newMaxTokens) {
        return toBuilder().maxTokens(newMaxTokens).build();
    }

    /**
     * Returns this query with diversification.
     *
     * @param newDiversity penalty for the similarity of a hit to a better one, 0 to 1
     */
    public RecallQuery withDiversity(double newDiversity) {
        return toBuilder().diversity(newDiversity).build();
    }

    /** Returns this query without folding: items that say the same are separate hits. */
    public RecallQuery withoutFolding() {
        return toBuilder().fold(false).build();
    }

    /** Builder that sets some components and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private final String text;
        private int limit = DEFAULT_LIMIT;
        private RecallMode mode = RecallMode.HYBRID;
        private RecallFilter filter = RecallFilter.ALL;
        private Optional<Instant> asOf = Optional.empty();
        private boolean explain;
        private Map<String, Double> weights = Map.of();
        private OptionalInt maxTokens = OptionalInt.empty();
        private boolean fold = true;
        private double diversity;
        private double minScore;
        private Optional<Instant> referenceDate = Optional.empty();
        private ZoneId zone = ZoneOffset.UTC;

        private Builder(String text) {
            this.text = text;
        }

        /** Sets the maximum number of hits; at least 1. */
        public Builder limit(int value) {
            limit = value;
            return this;
        }

        /** Sets the features by which items are ranked. */
        public Builder mode(RecallMode value) {
            mode = value;
            return this;
        }

        /** Sets which items may be found. */
        public Builder filter(RecallFilter value) {
            filter = value;
            return this;
        }

        /** Sets the point in time at which the memory is queried. */
        public Builder asOf(Instant value) {
            asOf = Optional.of(value);
            return this;
        }

        /** Sets whether hits contain the value of each ranking feature. */
        public Builder explain(boolean value) {
            explain = value;
            return this;
        }

        /** Sets weights by name of feature, from -100 to 100. */
        public Builder weights(Map<String, Double> value) {
            weights = value;
            return this;
        }

        /** Sets the maximum number of tokens of all hits together in a prompt; at least 1. */
        public Builder maxTokens(int value) {
            maxTokens = OptionalInt.of(value);
            return this;
        }

        /** Removes the maximum number of tokens. */
        Builder withoutMaxTokens() {
            maxTokens = OptionalInt.empty();
            return this;
        }

        /** Sets whether items that say the same are one hit. */
        public Builder fold(boolean value) {
            fold = value;
            return this;
        }

        /** Sets the penalty for the similarity of a hit to a better one, 0 to 1. */
        public Builder diversity(double value) {
            diversity = value;
            return this;
        }

        /** Sets the minimum score of a hit, 0 to 1. */
        public Builder minScore(double value) {
            minScore = value;
            return this;
        }

        /** Sets the time that relative dates of the text are resolved against. */
        public Builder referenceDate(Instant value) {
            referenceDate = Optional.of(value);
            return this;
        }

        /** Sets the time zone in which the days of the text begin. */
        public Builder zone(ZoneId value) {
            zone = value;
            return this;
        }

        /**
         * Returns the query.
         *
         * @throws InvalidInputException if the text is blank, a number is out of its range, or a weight names no
         *     feature
         */
        public RecallQuery build() {
            return new RecallQuery(
                    text,
                    limit,
                    mode,
                    filter,
                    asOf,
                    explain,
                    weights,
                    maxTokens,
                    fold,
                    diversity,
                    minScore,
                    referenceDate,
                    zone);
        }
    }

    /**
     * Reads a query in the JSON format of the REST API.
     *
     * @param json fields of the query; only {@code query} is required
     * @throws InvalidInputException if a field is unknown, missing or has an invalid value
     */
    public static RecallQuery fromJson(JsonObject json) {
        json.only(
                "query",
                "limit",
                "mode",
                "filter",
                "as_of",
                "explain",
                "weights",
                "max_tokens",
                "fold",
                "diversity",
                "min_score",
                "reference_date",
                "time_zone");
        Builder query = builder(json.string("query"));
        json.optionalLong("limit").ifPresent(limit -> query.limit(whole(limit)));
        json.optionalString("mode").map(RecallMode::of).ifPresent(query::mode);
        json.object("filter").map(RecallFilter::fromJson).ifPresent(query::filter);
        json.optionalInstant("as_of").ifPresent(query::asOf);
        json.optionalBoolean("explain").ifPresent(query::explain);
        query.weights(json.mapOf(
                "weights", "a number", value -> value instanceof Number number ? number.doubleValue() : null));
        json.optionalLong("max_tokens").ifPresent(max -> query.maxTokens(whole(max)));
        json.optionalBoolean("fold").ifPresent(query::fold);
        json.optionalDouble("diversity").ifPresent(query::diversity);
        json.optionalDouble("min_score").ifPresent(query::minScore);
        json.optionalInstant("reference_date").ifPresent(query::referenceDate);
        json.optionalString("time_zone").map(RecallQuery::zone).ifPresent(query::zone);
        return query.build();
    }

    /**
     * Returns the time zone of a name, such as {@code Europe/Lisbon} or {@code +02:00}.
     *
     * @throws InvalidInputException if there is no such time zone
     */
    public static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            throw new InvalidInputException("There is no time zone " + Json.write(name)
                    + "; use a name such as Europe/Lisbon, or an offset such as +02:00.");
        }
    }

    /** Converts a long to an int, clamped to the range of ints. */
    private static int whole(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
