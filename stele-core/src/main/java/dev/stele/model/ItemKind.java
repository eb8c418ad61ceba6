package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Kind of a recallable item. */
public enum ItemKind {
    MESSAGE,
    NOTE,
    OBSERVATION,
    /** Passage of a document; recalled only on request. */
    PASSAGE;

    /** Returns the lower-case name used in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the kind with a name.
     *
     * @throws InvalidInputException if there is no such kind
     */
    public static ItemKind of(String word) {
        for (ItemKind kind : values()) {
            if (kind.label().equals(word)) {
                return kind;
            }
        }
        throw new InvalidInputException("The kind " + Json.write(word) + " is unknown; use one of "
                + Arrays.stream(values()).map(ItemKind::label).collect(Collectors.joining(", ")) + ".");
    }
}
