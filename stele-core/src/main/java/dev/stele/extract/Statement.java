package dev.stele.extract;

import java.util.List;
import java.util.Optional;

/**
 * Statement that a speaker made about the speaker or the speaker's family, friends, pets and plans.
 *
 * @param content statement in the third person, with the dates that the speaker gave
 * @param category category of the resulting note
 * @param confidence certainty of the interpretation, 0 to 1
 * @param importance importance of the statement, 0 to 1
 * @param slot slot that the statement fills, if any
 * @param conflict what becomes of another value of the slot
 * @param endings earlier facts that the statement ends
 * @param entity entity for the graph with its type and relation, if the statement names one
 * @param reported whether the speaker reports the words of another person
 * @param sentence original sentence
 */
public record Statement(
        String content,
        String category,
        double confidence,
        double importance,
        Optional<Slot> slot,
        Slot.Conflict conflict,
        List<Ending> endings,
        Optional<Named> entity,
        boolean reported,
        String sentence) {

    /** Named entity and the relation of the speaker to it. */
    record Named(String name, String type, String relation, boolean single) {}

    Statement withContent(String text) {
        return new Statement(
                text, category, confidence, importance, slot, conflict, endings, entity, reported, sentence);
    }

    Statement withSlot(Optional<Slot> other, Slot.Conflict otherConflict) {
        return new Statement(
                content, category, confidence, importance, other, otherConflict, endings, entity, reported, sentence);
    }
}
