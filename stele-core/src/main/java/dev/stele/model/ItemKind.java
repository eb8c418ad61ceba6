package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What can be recalled. */
public enum ItemKind {
    MESSAGE,
    NOTE,
    OBSERVATION,
    /** A piece of a document; recalled only where it is asked for. */
    PASSAGE;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static ItemKind of(String word) {
        for (ItemKind kind : values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw new InvalidInputException("The kind " + Json.write(word) + " is unknown; use one of "
                + Arrays.stream(values()).map(ItemKind::word).collect(Collectors.joining(", ")) + ".");
    }
}
