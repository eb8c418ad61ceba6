package dev.stele.store;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** Which way relations are followed from an entity. */
public enum Direction {
    OUT,
    IN,
    BOTH;

    public static Direction of(String word) {
        for (Direction direction : values()) {
            if (direction.name().toLowerCase(Locale.ROOT).equals(word)) {
                return direction;
            }
        }
        throw new InvalidInputException("The direction " + Json.write(word) + " is unknown; use out, in or both.");
    }

    public Direction reversed() {
        return switch (this) {
            case OUT -> IN;
            case IN -> OUT;
            case BOTH -> BOTH;
        };
    }
}
