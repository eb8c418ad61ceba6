package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;

/** State of a background task. Stores keep it by its name. */
public enum TaskState {
    /** The task waits for its due time and a worker. */
    QUEUED,
    /** A worker of some process runs the task. */
    RUNNING,
    /** The task succeeded and has a result. */
    DONE,
    /** The task failed in its last allowed attempt and has an error. */
    FAILED,
    /** The task was cancelled. */
    CANCELLED;

    /** Returns the lower-case name used in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the state with a name.
     *
     * @throws InvalidInputException if there is no such state
     */
    public static TaskState of(String word) {
        return Arrays.stream(values())
                .filter(state -> state.label().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no state " + Json.write(word)
                        + "; it is queued, running, done, failed or cancelled."));
    }

    /** Returns whether the state is final. */
    public boolean ended() {
        return this != QUEUED && this != RUNNING;
    }
}
