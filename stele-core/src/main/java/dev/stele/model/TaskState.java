package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;

/** Where a background job stands. Stores know it by its word. */
public enum TaskState {
    /** Waits for its time and a worker. */
    QUEUED,
    /** A worker of some process has it. */
    RUNNING,
    /** Ended well; has a result. */
    DONE,
    /** Ended badly, after as many attempts as it had; has an error. */
    FAILED,
    /** Called off. */
    CANCELLED;

    /** The lower-case word used in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws InvalidInputException if there is no such state */
    public static TaskState of(String word) {
        return Arrays.stream(values())
                .filter(state -> state.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no state " + Json.write(word)
                        + "; it is queued, running, done, failed or cancelled."));
    }

    /** Whether nothing will happen to it any more. */
    public boolean ended() {
        return this != QUEUED && this != RUNNING;
    }
}
