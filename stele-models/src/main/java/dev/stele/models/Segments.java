package dev.stele.models;

import dev.langchain4j.data.segment.TextSegment;
import java.util.ArrayList;
import java.util.List;

/** Texts as models take them. */
final class Segments {

    private Segments() {}

    /** Texts in their order, at most so many together. */
    static List<List<TextSegment>> batches(List<String> texts, int most) {
        var batches = new ArrayList<List<TextSegment>>();
        for (int from = 0; from < texts.size(); from += most) {
            batches.add(texts.subList(from, Math.min(texts.size(), from + most)).stream()
                    .map(Segments::of)
                    .toList());
        }
        return batches;
    }

    /** A blank text is refused there. */
    static TextSegment of(String text) {
        return TextSegment.from(text.isBlank() ? "." : text);
    }
}
