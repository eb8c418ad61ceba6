package dev.stele.recall;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a query.
 *
 * @param hits best first; fewer than asked for where nothing more fits
 * @param mode how it was ranked
 * @param notice what the caller should know, such as that there is no embedding model
 * @param tokens what the hits take in a prompt, if the query says how much they may
 * @param change the number of the latest change the answer knows of
 */
public record RecallResult(List<Hit> hits, RecallMode mode, Optional<String> notice, OptionalInt tokens, long change) {

    public RecallResult {
        hits = List.copyOf(hits);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("hits", hits.stream().map(Hit::toJson).toList())
                .put("mode", mode.word())
                .put("notice", notice)
                .put("tokens", tokens.isPresent() ? tokens.getAsInt() : null)
                .put("change", change)
                .map();
    }
}
