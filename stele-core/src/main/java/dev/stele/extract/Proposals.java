package dev.stele.extract;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What may be learnt from one interaction. Immutable.
 *
 * @param engine what thought of it
 * @param reasoning why, in words
 * @param notes statements, in the order in which they were made
 * @param facts for the graph
 */
public record Proposals(String engine, String reasoning, List<Proposal> notes, List<Fact> facts) {

    /**
     * Something for the graph: an entity that is spoken of, and how the user or another stands to it.
     *
     * @param name of the entity
     * @param type such as {@code person}, {@code place}, {@code organization}, {@code concept}
     * @param relation how the user stands to it, such as {@code lives_in}; empty if it is only spoken of
     * @param single whether that relation ends where another one of its kind begins: one lives in one place at a time
     * @param confidence how sure, 0 to 1
     * @param message the id of the message it comes from
     * @param at since when the relation is so, as far as is known
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

    /** Nothing to learn, and why. */
    public static Proposals none(String engine, String reasoning) {
        return new Proposals(engine, reasoning, List.of(), List.of());
    }
}
