package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Role of the speaker of a message, in the terms of chat models. */
public enum Role {
    USER,
    ASSISTANT,
    SYSTEM,
    TOOL;

    /** Returns the lower-case name used in JSON and in the store. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the role with a name, ignoring case.
     *
     * @throws InvalidInputException if there is no such role
     */
    public static Role of(String word) {
        return Arrays.stream(values())
                .filter(role -> role.label().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The role " + Json.write(word) + " is unknown; use one of "
                        + Arrays.stream(values()).map(Role::label).collect(Collectors.joining(", ")) + "."));
    }
}
