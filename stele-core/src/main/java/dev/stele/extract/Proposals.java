package dev.stele.extract;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Result of an extraction: proposed notes and graph facts of one interaction. Immutable.
 *
 * @param engine name of the extractor or model that made the proposals
 * @param reasoning explanation in prose
 * @param notes proposed notes, in the order in which they were stated
 * @param facts proposed facts for the graph
 */
public record Proposals(String engine, String reasoning, List<Proposal> notes, List<Fact> facts) {

    /**
     * Proposed graph fact: a mentioned entity and its relation to the user.
     *
     * @param name name of the entity
     * @param type type of the entity, such as {@code person}, {@code place}, {@code organization}, {@code concept}
     * @param relation relation of the user to the entity, such as {@code lives_in}; empty if the entity is only
     *     mentioned
     * @param single whether a new relation of the same type ends this one; a person lives in one place at a time
     * @param confidence certainty of the fact, 0 to 1
     * @param message id of the message that the fact comes from
     * @param at time since which the relation holds, as far as it is known
     */
    public record Fact(
            String name,
            String type,
            Optional<String> relation,
            boolean single,
            double confidence,
            Optional<String> message,
            Instant at) {}

    public Proposals {
        notes = List.copyOf(notes);
        facts = List.copyOf(facts);
    }

    /**
     * Returns a result without proposals.
     *
     * @param engine name of the extractor or model
     * @param reasoning explanation why there is nothing to propose
     */
    public static Proposals none(String engine, String reasoning) {
        return new Proposals(engine, reasoning, List.of(), List.of());
    }
}
