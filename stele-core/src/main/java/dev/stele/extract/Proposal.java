package dev.stele.extract;

import java.time.Instant;
import java.util.ArrayList;
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
 * @param conflict what becomes of an earlier note with another value of the slot
 * @param endings earlier facts that the statement ends
 * @param source who said it: {@code user} for what the user says of the user's own life, {@code reported} for what the
 *     user reports of others' words, {@code model} for what a language model inferred from the user's words, {@code
 *     assistant} for what only the assistant claimed, {@code document} for what only a document says that the user
 *     worked with, {@code data} for structured data and results of tools
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
        Optional<Slot> slot,
        Slot.Conflict conflict,
        List<Ending> endings,
        String source) {

    /** Source of what the user says of the user's own life. */
    public static final String SOURCE_USER = "user";
    /** Source of what the user reports of others' words. */
    public static final String SOURCE_REPORTED = "reported";
    /** Source of what a language model inferred from what the user said. */
    public static final String SOURCE_MODEL = "model";
    /** Source of what only the assistant claimed. */
    public static final String SOURCE_ASSISTANT = "assistant";
    /** Source of what only a document says, such as the passage that the user had explained. */
    public static final String SOURCE_DOCUMENT = "document";
    /** Source of structured data, such as a rating, and of the results of tools. */
    public static final String SOURCE_DATA = "data";

    /** Tag of notes that a person should review. */
    public static final String REVIEW = "review";

    public Proposal {
        evidence = List.copyOf(evidence);
        provenance = List.copyOf(provenance);
        tags = List.copyOf(tags);
        endings = List.copyOf(endings);
    }

    /** Creates a proposal of the user that ends nothing but another value of its slot. */
    public Proposal(
            String content,
            String category,
            List<String> evidence,
            List<String> provenance,
            double confidence,
            double importance,
            List<String> tags,
            Instant at,
            Optional<Slot> slot) {
        this(
                content,
                category,
                evidence,
                provenance,
                confidence,
                importance,
                tags,
                at,
                slot,
                Slot.Conflict.REPLACE,
                List.of(),
                SOURCE_USER);
    }

    /** Returns a copy with another slot. */
    public Proposal withSlot(Optional<Slot> other, Slot.Conflict otherConflict) {
        return with(tags, other, otherConflict, endings);
    }

    /** Returns a copy with other endings. */
    Proposal withEndings(List<Ending> others) {
        return with(tags, slot, conflict, others);
    }

    /** Returns a copy that ends nothing and that a person should review. */
    Proposal forReview() {
        var more = new ArrayList<>(tags);
        more.remove(REVIEW);
        more.add(REVIEW);
        return with(more, slot, Slot.Conflict.REVIEW, List.of());
    }

    private Proposal with(
            List<String> newTags, Optional<Slot> newSlot, Slot.Conflict newConflict, List<Ending> newEndings) {
        return new Proposal(
                content,
                category,
                evidence,
                provenance,
                confidence,
                importance,
                newTags,
                at,
                newSlot,
                newConflict,
                newEndings,
                source);
    }
}
