package dev.stele.extract;

import java.util.Optional;

/**
 * A statement about the one who made it.
 *
 * @param content in the third person, with the dates it was said with
 * @param entity for the graph: name, type, relation; or none
 * @param sentence that says so
 */
public record Statement(
        String content,
        String category,
        double confidence,
        double importance,
        Optional<Slot> slot,
        Optional<Named> entity,
        String sentence) {

    /** Something named, and how the speaker stands to it. */
    record Named(String name, String type, String relation, boolean single) {}

    Statement said(String words) {
        return new Statement(content, category, confidence, importance, slot, entity, words);
    }

    Statement dated(String text) {
        return new Statement(text, category, confidence, importance, slot, entity, sentence);
    }
}
