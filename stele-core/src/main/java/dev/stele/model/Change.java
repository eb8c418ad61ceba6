package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Entry of the totally ordered change log of an agent. Immutable.
 *
 * @param number change number: 1, 2, 3 … without gaps, in the order of commits
 * @param at time of the change
 * @param kind kind of the change
 * @param item number of the changed message or note; 0 for none
 * @param ref id of the changed item; empty if the item has been erased since
 */
public record Change(long number, Instant at, ChangeKind kind, long item, Optional<String> ref) {

    /** Returns the entry as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("number", number)
                .put("at", at)
                .put("kind", kind.label())
                .put("ref", ref)
                .map();
    }
}
