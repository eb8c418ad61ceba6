package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Document of a collection. Immutable.
 *
 * @param number number of the change that added the document
 * @param id identifier, unique within the collection
 * @param collection name of the collection
 * @param title title for display
 * @param hash SHA-256 of the text
 * @param characters length of the text in characters
 * @param passages number of passages, without those whose text another passage of the collection contains word for word
 * @param addedAt time at which the document was added or last changed
 * @param metadata additional JSON values
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

    /** Start of the names of the collections that {@link dev.stele.segment.Segments} keeps; callers cannot use such names. */
    public static final String SEGMENTS = "segments:";

    /** Collection of the windows of sessions, see {@link dev.stele.Sessions#window}; callers cannot use its name. */
    public static final String WINDOWS = "windows:";

    public Document {
        id = Ids.check("document id", id);
        checkCollection(collection);
        Ids.checkText("title of a document", title);
        metadata = Json.copyMap(metadata);
    }

    /**
     * Checks and returns the name of a collection.
     *
     * @throws InvalidInputException if the name is not allowed
     */
    public static String checkCollection(String name) {
        return Ids.check("collection", name);
    }

    /**
     * Creates a document of an internal collection: its data are its metadata, and it has no text of its own. The hash
     * is empty, which tells it from the documents of callers.
     *
     * @param collection name of the internal collection
     * @param id identifier within the collection
     * @param at time of the write
     * @param data JSON values
     */
    public static Document internal(
            String collection, String id, Instant at, Map<String, ? extends @Nullable Object> data) {
        return new Document(0, id, collection, "", "", 0, 0, at, Json.copyMap(data));
    }

    /** Returns whether a collection is one that Stele keeps for itself, whose name callers cannot use. */
    public static boolean isInternal(String collection) {
        return collection.startsWith(SEGMENTS) || collection.startsWith(WINDOWS);
    }

    /** Returns a copy with other metadata, written at a time. */
    public Document withData(Instant at, Map<String, @Nullable Object> data) {
        return new Document(number, id, collection, title, hash, characters, passages, at, data);
    }

    /** Returns a copy with another number of passages. */
    public Document withPassages(int count) {
        return new Document(number, id, collection, title, hash, characters, count, addedAt, metadata);
    }

    /** Returns the document as JSON fields, without its number and text. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("collection", collection)
                .put("title", title)
                .put("hash", hash)
                .put("characters", characters)
                .put("passages", (long) passages)
                .put("added_at", addedAt)
                .put("metadata", metadata)
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that added the document, which the JSON does not contain
     * @param json fields of the document
     */
    public static Document fromJson(long number, JsonObject json) {
        return new Document(
                number,
                json.string("id"),
                json.string("collection"),
                json.optionalString("title").orElse(""),
                json.string("hash"),
                json.optionalLong("characters").orElse(0L),
                json.optionalInt("passages").orElse(0),
                json.instant("added_at"),
                json.map("metadata"));
    }
}
