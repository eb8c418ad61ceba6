package dev.stele.models;

import dev.langchain4j.data.segment.TextSegment;
import java.util.ArrayList;
import java.util.List;

/** Texts as models take them. */
final class TextBatches {

    /** Stands for what could not be decoded. */
    private static final int REPLACEMENT = 0xFFFD;

    private TextBatches() {}

    /** Texts in their order, at most so many together. */
    static List<List<TextSegment>> batches(List<String> texts, int most) {
        var batches = new ArrayList<List<TextSegment>>();
        for (int from = 0; from < texts.size(); from += most) {
            batches.add(texts.subList(from, Math.min(texts.size(), from + most)).stream()
                    .map(TextBatches::of)
                    .toList());
        }
        return batches;
    }

    /** A text of which models see nothing (blanks, control characters, accents on no letter) is refused there. */
    static TextSegment of(String text) {
        return TextSegment.from(text.codePoints().anyMatch(TextBatches::isSeen) ? text : ".");
    }

    private static boolean isSeen(int character) {
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
