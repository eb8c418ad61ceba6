package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;

/** Priority of a background task. Of the tasks that are due, those with a higher priority run first. */
public enum TaskPriority {
    LOW(0),
    NORMAL(1),
    HIGH(2);

    private final int code;

    TaskPriority(int code) {
        this.code = code;
    }

    /** Returns the code under which stores keep the priority; the meaning of a code never changes. */
    public int code() {
        return code;
    }

    /**
     * Returns the priority with a code.
     *
     * @throws IllegalArgumentException if there is no such priority
     */
    public static TaskPriority ofCode(int code) {
        return Arrays.stream(values())
                .filter(priority -> priority.code == code)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no priority has the code " + code));
    }

    /** Returns the lower-case name used in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the priority with a name.
     *
     * @throws InvalidInputException if there is no such priority
     */
    public static TaskPriority of(String word) {
        return Arrays.stream(values())
                .filter(priority -> priority.label().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "There is no priority " + Json.write(word) + "; it is low, normal or high."));
    }
}
