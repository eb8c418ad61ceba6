package dev.stele.recall;

import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Item that says the same as a better hit and is listed under that hit. Immutable.
 *
 * @param kind kind of the item
 * @param id identifier of the item
 * @param at time of the item; the times of a repeated message tell when it was repeated
 */
public record FoldedItem(ItemKind kind, String id, Instant at) {

    /** Returns the fields of this item in the JSON format of the REST API. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("kind", kind.label())
                .put("id", id)
                .put("at", at)
                .map();
    }
}
