package dev.stele.model;

import java.util.Arrays;
import java.util.Locale;

/** Which of two jobs that are due goes first: the higher one. */
public enum TaskPriority {
    LOW(0),
    NORMAL(1),
    HIGH(2);

    private final int code;

    TaskPriority(int code) {
        this.code = code;
    }

    /** The number that stands for it in stores; never changes. */
    public int code() {
        return code;
    }

    /** The priority of a store's number. */
    public static TaskPriority ofCode(int code) {
        return Arrays.stream(values())
                .filter(priority -> priority.code == code)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no priority has the code " + code));
    }

    /** The lower-case word used in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws InvalidInputException if there is no such priority */
    public static TaskPriority of(String word) {
        return Arrays.stream(values())
                .filter(priority -> priority.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "There is no priority " + Json.write(word) + "; it is low, normal or high."));
    }
}
