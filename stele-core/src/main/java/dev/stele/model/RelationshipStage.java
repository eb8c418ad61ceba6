package dev.stele.model;

import java.util.Locale;

/** Stage of the relationship between an agent and a user, derived from the friendship level. */
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

    /**
     * Returns the stage for a friendship level of 0 to 100: stranger below 20, acquaintance below 50, friend below 70,
     * close friend below 90, else best friend.
     */
    public static RelationshipStage of(double friendship) {
        for (RelationshipStage stage : values()) {
            if (friendship < stage.below) {
                return stage;
            }
        }
        return BEST_FRIEND;
    }

    /** Returns the name used in JSON, such as {@code close friend}. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
