package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A text that a message had before it was edited, and when it was replaced. */
public record MessageRevision(String content, Instant replacedAt) {

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("content", content)
                .put("replacedAt", replacedAt)
                .map();
    }

    public static MessageRevision fromJson(JsonObject json) {
        return new MessageRevision(json.string("content"), json.instant("replacedAt"));
    }
}
