package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a user felt at a time. */
public record Mood(String mood, Instant at) {

    public Mood {
        Ids.check("mood", mood);
        at = at.truncatedTo(ChronoUnit.MILLIS);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields().put("mood", mood).put("at", at).map();
    }

    public static Mood fromJson(JsonObject json) {
        return new Mood(json.string("mood"), json.instant("at"));
    }
}
