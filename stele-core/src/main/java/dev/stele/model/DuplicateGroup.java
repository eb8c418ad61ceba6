package dev.stele.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Group of duplicate notes or entities. Immutable.
 *
 * @param kind {@code note} or {@code entity}
 * @param kept the id of the item that remains
 * @param others the ids of the items that are merged into it
 * @param why the reason, as text
 */
public record DuplicateGroup(String kind, String kept, List<String> others, String why) {

    public DuplicateGroup {
        others = List.copyOf(others);
    }

    /** Returns the group as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("kind", kind)
                .put("kept", kept)
                .put("others", others)
                .put("why", why)
                .map();
    }
}
