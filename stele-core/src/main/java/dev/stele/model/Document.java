package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A document of a collection. Immutable.
 *
 * @param number the change that added it
 * @param id its identifier, unique in its collection
 * @param collection what it belongs to
 * @param title a name for people
 * @param hash SHA-256 of its text
 * @param characters of its text
 * @param passages into which it was cut, those left out that another one of the collection holds word for word
 * @param addedAt when it was added, or last changed
 * @param metadata anything more, as JSON values
 */
public record Document(
        long number,
        String id,
        String collection,
        String title,
        String hash,
        long characters,
        int passages,
        Instant addedAt,
        Map<String, @Nullable Object> metadata) {

    public Document {
        Ids.check("document id", id);
        checkCollection(collection);
        Ids.checkText("title of a document", title);
        metadata = Json.copyMap(metadata);
    }

    /** @throws InvalidInputException if no collection can be called so */
    public static String checkCollection(String name) {
        return Ids.check("collection", name);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("collection", collection)
                .put("title", title)
                .put("hash", hash)
                .put("characters", characters)
                .put("passages", (long) passages)
                .put("addedAt", addedAt)
                .put("metadata", metadata)
                .map();
    }

    /** Reads {@link #toJson()}; the number is the caller's to give. */
    public static Document fromJson(long number, JsonObject json) {
        return new Document(
                number,
                json.string("id"),
                json.string("collection"),
                json.optionalString("title").orElse(""),
                json.string("hash"),
                json.optionalLong("characters").orElse(0L),
                json.optionalInt("passages").orElse(0),
                json.instant("addedAt"),
                json.map("metadata"));
    }
}
