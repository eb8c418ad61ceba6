package dev.stele.model;

import java.util.Locale;

/** How close an agent and a user are, derived from the friendship level. */
public enum RelationshipStage {
    STRANGER(20),
    ACQUAINTANCE(50),
    FRIEND(70),
    CLOSE_FRIEND(90),
    BEST_FRIEND(Double.POSITIVE_INFINITY);

    private final double below;

    RelationshipStage(double below) {
        this.below = below;
    }

    /** The stage of a friendship of 0 to 100: below 20 stranger, 50 acquaintance, 70 friend, 90 close friend, else best friend. */
    public static RelationshipStage of(double friendship) {
        for (RelationshipStage stage : values()) {
            if (friendship < stage.below) {
                return stage;
            }
        }
        return BEST_FRIEND;
    }

    /** The words used in JSON, such as {@code close friend}. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
