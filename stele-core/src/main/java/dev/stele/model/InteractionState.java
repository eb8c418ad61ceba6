package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where an interaction stands on its way into memory. */
public enum InteractionState {
    PENDING(0),
    PROCESSED(1),
    FAILED(2);

    private final int code;

    InteractionState(int code) {
        this.code = code;
    }

    /** What the store keeps; never changes its meaning. */
    public int code() {
        return code;
    }

    /** The lower-case word used in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static InteractionState of(String word) {
        return Arrays.stream(values())
                .filter(state -> state.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The state " + Json.write(word)
                        + " is unknown; use one of "
                        + Arrays.stream(values()).map(InteractionState::word).collect(Collectors.joining(", "))
                        + "."));
    }
}
