package dev.stele.extract;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A statement that may become a note. Immutable.
 *
 * @param content the statement, to be understood by itself
 * @param category as of a note
 * @param evidence what was said, word for word
 * @param provenance ids of the messages it comes from
 * @param confidence how sure, 0 to 1
 * @param importance how much it matters, 0 to 1
 * @param tags words to filter by
 * @param at since when it is so, as far as is known
 * @param slot the question it answers, if that has one answer at a time
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
