package dev.stele.recall;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** By what items are ranked. */
public enum RecallMode {
    /** By words and meaning together. */
    HYBRID,
    /** By meaning alone; needs an embedding model. */
    SEMANTIC,
    /** By words alone. */
    KEYWORD,
    /** Only what the graph knows to speak of what the question names, or of what is related to it; then by words and meaning. */
    GRAPH;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static RecallMode of(String word) {
        for (RecallMode mode : values()) {
            if (mode.word().equals(word)) {
                return mode;
            }
        }
        throw new InvalidInputException(
                "The mode " + Json.write(word) + " is unknown; use hybrid, semantic, keyword or graph.");
    }
}
