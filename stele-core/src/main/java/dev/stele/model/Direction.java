package dev.stele.model;

import java.util.Locale;

/** Direction in which relations are followed from an entity. */
public enum Direction {
    OUT,
    IN,
    BOTH;

    /**
     * Parses the lower-case name of a direction.
     *
     * @throws InvalidInputException if the name is unknown
     */
    public static Direction of(String word) {
        for (Direction direction : values()) {
            if (direction.name().toLowerCase(Locale.ROOT).equals(word)) {
                return direction;
            }
        }
        throw new InvalidInputException("The direction " + Json.write(word) + " is unknown; use out, in or both.");
    }

    /** Returns the opposite direction; {@link #BOTH} for {@link #BOTH}. */
    public Direction reversed() {
        return switch (this) {
            case OUT -> IN;
            case IN -> OUT;
            case BOTH -> BOTH;
        };
    }
}
