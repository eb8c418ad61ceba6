package dev.stele.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An entity as others name it. Immutable.
 *
 * @param number its number within the agent
 * @param type empty text for a stub
 */
public record EntityRef(long number, String id, String name, String type) {

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("name", name)
                .put("type", type.isEmpty() ? null : type)
                .map();
    }
}
