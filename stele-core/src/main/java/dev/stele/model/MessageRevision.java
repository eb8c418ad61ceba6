package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Earlier text of an edited message. Immutable.
 *
 * @param content text before the edit
 * @param replacedAt time of the edit
 */
public record MessageRevision(String content, Instant replacedAt) {

    /** Returns the revision as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("content", content)
                .put("replaced_at", replacedAt)
                .map();
    }

    /** Parses the result of {@link #toJson()}. */
    public static MessageRevision fromJson(JsonObject json) {
        return new MessageRevision(json.string("content"), json.instant("replaced_at"));
    }
}
