package dev.stele.recall;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** What can be recalled. */
public enum ItemKind {
    MESSAGE,
    NOTE;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static ItemKind of(String word) {
        for (ItemKind kind : values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw new InvalidInputException("The kind " + Json.write(word) + " is unknown; use message or note.");
    }
}
