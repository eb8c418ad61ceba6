package dev.stele.models;

import dev.langchain4j.data.segment.TextSegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Preparation of texts for embedding models: batches, and a substitute for texts without visible characters. Stateless.
 */
final class TextBatches {

    /** Replacement character of Unicode, which stands for bytes that could not be decoded. */
    private static final int REPLACEMENT = 0xFFFD;

    private TextBatches() {}

    /**
     * Divides texts into batches, in order.
     *
     * @param maxSize maximum number of texts in a batch, at least 1
     */
    static List<List<TextSegment>> batches(List<String> texts, int maxSize) {
        var batches = new ArrayList<List<TextSegment>>();
        for (int from = 0; from < texts.size(); from += maxSize) {
            batches.add(texts.subList(from, Math.min(texts.size(), from + maxSize)).stream()
                    .map(TextBatches::of)
                    .toList());
        }
        return batches;
    }

    /**
     * Returns the segment for a text. A text without visible characters (blanks, control characters, combining marks)
     * becomes a period, because the models refuse such texts.
     */
    static TextSegment of(String text) {
        return TextSegment.from(text.codePoints().anyMatch(TextBatches::isVisible) ? text : ".");
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK -> false;
            default -> character != REPLACEMENT;
        };
    }
}
