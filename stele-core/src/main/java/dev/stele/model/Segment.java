package dev.stele.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Segment: a text with a vector that the caller computed, stored in a collection. Immutable, as long as nobody writes to
 * the vector.
 *
 * @param number number of the change that added the segment; 0 before it is stored
 * @param collection name of the collection
 * @param id identifier, unique within the collection
 * @param text text, if there is one
 * @param vector vector of the caller's model
 * @param metadata JSON values by which searches filter
 */
public record Segment(
        long number,
        String collection,
        String id,
        Optional<String> text,
        float[] vector,
        Map<String, @Nullable Object> metadata) {

    /** Maximum number of dimensions of a vector. */
    public static final int MAX_DIMENSIONS = 16_384;

    private static final String TEXT = "text";
    private static final String VECTOR = "vector";
    private static final String METADATA = "metadata";

    public Segment {
        Document.checkCollection(collection);
        id = Ids.check("segment id", id);
        text.ifPresent(present -> Ids.checkText("text of a segment", present));
        if (vector.length == 0 || vector.length > MAX_DIMENSIONS) {
            throw new InvalidInputException("The vector of segment %s has %d dimensions; give it 1 to %d."
                    .formatted(Json.write(id), vector.length, MAX_DIMENSIONS));
        }
        for (float component : vector) {
            if (!Float.isFinite(component)) {
                throw new InvalidInputException(
                        "The vector of segment %s has a component that is no number.".formatted(Json.write(id)));
            }
        }
        metadata = Json.copyMap(metadata);
    }

    /**
     * Returns the segment as the document that stores it.
     *
     * @param at time of the write
     */
    public Document toDocument(Instant at) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Document.internal(
                Document.SEGMENTS + collection,
                id,
                at,
                Json.fields()
                        .put(TEXT, text)
                        .put(VECTOR, Base64.getEncoder().encodeToString(bytes.array()))
                        .put(METADATA, metadata)
                        .map());
    }

    /**
     * Returns the segment that a document stores.
     *
     * @throws StelePersistenceException.Corrupt if the document stores no segment
     */
    public static Segment of(Document document) {
        if (!(document.metadata().get(VECTOR) instanceof String encoded)) {
            throw new StelePersistenceException.Corrupt(
                    "Segment " + Json.write(document.id()) + " is stored without a vector.", null);
        }
        byte[] bytes = Base64.getDecoder().decode(encoded);
        var vector = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        Object metadata = document.metadata().get(METADATA);
        return new Segment(
                document.number(),
                document.collection().substring(Document.SEGMENTS.length()),
                document.id(),
                Optional.ofNullable(document.metadata().get(TEXT)).map(String::valueOf),
                vector,
                metadata == null
                        ? Map.of()
                        : JsonObject.of("metadata", metadata).raw());
    }
}
