package dev.stele.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reference to an entity. Immutable.
 *
 * @param number number of the entity within the agent
 * @param id identifier of the entity
 * @param name primary name of the entity
 * @param type type of the entity; empty text for a stub
 */
public record EntityRef(long number, String id, String name, String type) {

    /** Returns the reference as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("name", name)
                .put("type", type.isEmpty() ? null : type)
                .map();
    }
}
