package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Processing state of an interaction. */
public enum InteractionState {
    PENDING(0),
    PROCESSED(1),
    FAILED(2);

    private final int code;

    InteractionState(int code) {
        this.code = code;
    }

    /** Returns the code under which the store keeps the state; the meaning of a code never changes. */
    public int code() {
        return code;
    }

    /** Returns the lower-case name used in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the state with a name.
     *
     * @throws InvalidInputException if there is no such state
     */
    public static InteractionState of(String word) {
        return Arrays.stream(values())
                .filter(state -> state.label().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The state " + Json.write(word)
                        + " is unknown; use one of "
                        + Arrays.stream(values()).map(InteractionState::label).collect(Collectors.joining(", "))
                        + "."));
    }
}
