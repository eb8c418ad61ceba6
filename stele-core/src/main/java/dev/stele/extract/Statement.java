package dev.stele.extract;

import java.util.Optional;

/**
 * Statement that a speaker made about the speaker.
 *
 * @param content statement in the third person, with the dates that the speaker gave
 * @param category category of the resulting note
 * @param confidence certainty of the interpretation, 0 to 1
 * @param importance importance of the statement, 0 to 1
 * @param slot slot that the statement fills, if any
 * @param entity entity for the graph with its type and relation, if the statement names one
 * @param sentence original sentence
 */
public record Statement(
        String content,
        String category,
        double confidence,
        double importance,
        Optional<Slot> slot,
        Optional<Named> entity,
        String sentence) {

    /** Named entity and the relation of the speaker to it. */
    record Named(String name, String type, String relation, boolean single) {}

    Statement said(String words) {
        return new Statement(content, category, confidence, importance, slot, entity, words);
    }

    Statement dated(String text) {
        return new Statement(text, category, confidence, importance, slot, entity, sentence);
    }
}
