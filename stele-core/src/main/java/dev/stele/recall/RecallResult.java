package dev.stele.recall;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Result of a query. Immutable.
 *
 * @param hits hits, the best first; fewer than the limit of the query if no more items are relevant
 * @param mode mode in which the items were ranked; keyword instead of another mode if there was no vector of the query
 * @param notice information for the caller, such as that there is no embedding model
 * @param tokens number of tokens of the hits in a prompt; empty unless the query has a token budget
 * @param archivedNotSearched whether the archive contains messages that the query did not search, see
 *     {@link RecallFilter#archived}
 * @param change number of the latest change that the result takes into account
 */
public record RecallResult(
        List<Hit> hits,
        RecallMode mode,
        Optional<String> notice,
        OptionalInt tokens,
        boolean archivedNotSearched,
        long change) {

    /** Number of best hits that the confidence of a result depends on. */
    private static final int CONFIDENT_HITS = 5;

    /** Copies the hits. */
    public RecallResult {
        hits = List.copyOf(hits);
    }

    /**
     * Returns an estimate of how likely the hits answer the query, 0 to 1: the highest confidence of the best five; 0
     * without hits.
     */
    public double confidence() {
        return hits.stream()
                .limit(CONFIDENT_HITS)
                .mapToDouble(Hit::confidence)
                .max()
                .orElse(0);
    }

    /** Returns the fields of this result in the JSON format of the REST API. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("hits", hits.stream().map(Hit::toJson).toList())
                .put("mode", mode.label())
                .put("notice", notice)
                .put("confidence", Json.rounded(confidence()))
                .put("tokens", tokens.isPresent() ? tokens.getAsInt() : null)
                .put("archived_not_searched", archivedNotSearched ? true : null)
                .put("change", change)
                .map();
    }
}
