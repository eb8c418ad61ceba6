package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Mood of a user at a point in time. Immutable.
 *
 * @param mood mood in a word
 * @param at point in time, truncated to milliseconds
 */
public record Mood(String mood, Instant at) {

    public Mood {
        mood = Ids.check("mood", mood);
        at = at.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Returns the mood as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields().put("mood", mood).put("at", at).map();
    }

    /** Parses the result of {@link #toJson()}. */
    public static Mood fromJson(JsonObject json) {
        return new Mood(json.string("mood"), json.instant("at"));
    }
}
