package dev.stele.extract;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Statement that is proposed as a note. Immutable.
 *
 * @param content statement that is understandable without its context
 * @param category category of the proposed note
 * @param evidence verbatim quotations that support the statement
 * @param provenance ids of the messages that the statement comes from
 * @param confidence certainty of the statement, 0 to 1
 * @param importance importance of the statement, 0 to 1
 * @param tags tags to filter by
 * @param at time since which the statement holds, as far as it is known
 * @param slot slot that the statement fills; empty if its question may have several answers at a time
 */
public record Proposal(
        String content,
        String category,
        List<String> evidence,
        List<String> provenance,
        double confidence,
        double importance,
        List<String> tags,
        Instant at,
        Optional<Slot> slot) {

    public Proposal {
        evidence = List.copyOf(evidence);
        provenance = List.copyOf(provenance);
        tags = List.copyOf(tags);
    }
}
