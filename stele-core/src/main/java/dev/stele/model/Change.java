package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an agent's totally ordered change log.
 *
 * @param number 1, 2, 3 … without gaps, in the order of commits
 * @param at when it was written
 * @param kind what it did
 * @param item the number of the message or note it touched, 0 for none
 * @param ref the id of what it touched; empty when that was since forgotten
 */
public record Change(long number, Instant at, ChangeKind kind, long item, Optional<String> ref) {

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("number", number)
                .put("at", at)
                .put("kind", kind.word())
                .put("ref", ref)
                .map();
    }
}
