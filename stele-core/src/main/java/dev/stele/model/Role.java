package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who spoke a message, in the terms that chat models use. */
public enum Role {
    USER,
    ASSISTANT,
    SYSTEM,
    TOOL;

    /** The lower-case word used in JSON and in the store. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@link #word()} in any case. */
    public static Role of(String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The role " + Json.write(word) + " is unknown; use one of "
                        + Arrays.stream(values()).map(Role::word).collect(Collectors.joining(", ")) + "."));
    }
}
