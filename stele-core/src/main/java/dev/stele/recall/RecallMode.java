package dev.stele.recall;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** Mode of a query: the features by which items are selected and ranked. */
public enum RecallMode {
    /** Keyword and vector features together. */
    HYBRID,
    /** Vector features without keyword features; requires an embedding model. */
    SEMANTIC,
    /** Keyword features without vectors. */
    KEYWORD,
    /**
     * Only items that, according to the knowledge graph, are about an entity that the query names or about a related
     * one; they are ranked by keyword and vector features.
     */
    GRAPH;

    /** Returns the name of this mode in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the mode with a name in JSON.
     *
     * @param word hybrid, semantic, keyword or graph
     * @throws InvalidInputException if there is no such mode
     */
    public static RecallMode of(String word) {
        for (RecallMode mode : values()) {
            if (mode.label().equals(word)) {
                return mode;
            }
        }
        throw new InvalidInputException(
                "The mode " + Json.write(word) + " is unknown; use hybrid, semantic, keyword or graph.");
    }
}
