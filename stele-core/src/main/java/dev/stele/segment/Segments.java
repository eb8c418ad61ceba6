package dev.stele.segment;

import dev.stele.engine.Engine;
import dev.stele.index.SegmentSnapshot;
import dev.stele.model.AgentName;
import dev.stele.model.Document;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Segment;
import dev.stele.store.DocumentEdit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Segments of one agent, in collections: texts with vectors that the caller computed with a model of its own, and with
 * metadata. They are the memory behind the vector stores of frameworks. Obtained from
 * {@link dev.stele.AgentMemory#segments}.
 * Thread-safe.
 *
 * <p>A search compares the query with every segment that a filter accepts, so its result is exact. Segments take no part
 * in recall, which uses the vectors of the memory's own model. All vectors of a collection have the same number of
 * dimensions. Reading a collection or an agent that does not exist returns nothing.
 */
public final class Segments {

    /** Maximum number of segments of an agent in one collection. */
    private static final int MAX_SEGMENTS = 500_000;

    private final AgentName agent;
    private final Engine engine;

    /**
     * Creates the segments of an agent.
     *
     * @param agent the agent
     * @param engine the engine of the memory
     */
    public Segments(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Draft of a segment to add.
     *
     * @param id identifier, unique within the collection; empty to generate one
     * @param vector vector of the text, 1 to {@link Segment#MAX_DIMENSIONS} finite components
     * @param text text; empty for a vector without one
     * @param metadata JSON values by which searches filter
     */
    public record Draft(
            Optional<String> id, float[] vector, Optional<String> text, Map<String, @Nullable Object> metadata) {

        public Draft {
            metadata = Json.copyMap(metadata);
        }

        /** Creates a draft with metadata of any type of values that have a JSON form. */
        public static Draft of(
                Optional<String> id,
                float[] vector,
                Optional<String> text,
                Map<String, ? extends @Nullable Object> metadata) {
            return new Draft(id, vector, text, Json.copyMap(metadata));
        }
    }

    /**
     * Segment that a search found.
     *
     * @param segment the segment
     * @param cosine cosine of the angle between its vector and the query, -1 to 1
     */
    public record Match(Segment segment, double cosine) {}

    /**
     * Adds segments. A segment whose id exists replaces the existing one. More segments than {@code
     * limits.batch-messages} are written in several writes; each of them is written whole or not at all.
     *
     * @param collection name of the collection
     * @param drafts the segments; may be empty
     * @return the ids of the segments, in the same order
     * @throws InvalidInputException if an id or a vector is invalid, or the vector has other dimensions than the
     *     collection
     * @throws LimitExceededException if a text or its metadata is too long, or the collection would have too many
     *     segments
     */
    public List<String> add(String collection, List<Draft> drafts) {
        Document.checkCollection(collection);
        var segments = new ArrayList<Segment>(drafts.size());
        for (Draft draft : drafts) {
            engine.checkContent("segment", draft.text().orElse(""), draft.metadata());
            segments.add(new Segment(
                    0,
                    collection,
                    draft.id().orElseGet(Ids::next),
                    draft.text(),
                    draft.vector().clone(),
                    draft.metadata()));
        }
        for (Segment segment : segments) {
            checkDimensions(segment, segments.getFirst());
        }
        Instant now = Engine.now();
        List<Document> documents =
                segments.stream().map(segment -> segment.toDocument(now)).toList();
        int batch = engine.limits().batchMessages();
        for (int from = 0; from < documents.size(); from += batch) {
            List<Document> part = documents.subList(from, Math.min(documents.size(), from + batch));
            Segment first = segments.get(from);
            engine.write(agent, edit -> put(edit.documents(), first, part));
        }
        return segments.stream().map(Segment::id).toList();
    }

    private static int put(DocumentEdit edit, Segment first, List<Document> documents) {
        String collection = documents.getFirst().collection();
        edit.addedAfter(collection, 0, 1).forEach(existing -> checkDimensions(first, Segment.of(existing)));
        if (edit.extent(collection).count() + documents.size() > MAX_SEGMENTS) {
            throw new LimitExceededException("The collection %s would have more than %d segments; remove some."
                    .formatted(Json.write(first.collection()), MAX_SEGMENTS));
        }
        for (Document document : documents) {
            // A replaced segment gets a new number, by which snapshots notice the replacement.
            edit.document(collection, document.id()).ifPresent(edit::delete);
            edit.add(document);
        }
        return documents.size();
    }

    private static void checkDimensions(Segment segment, Segment other) {
        if (segment.vector().length != other.vector().length) {
            throw otherDimensions(segment.collection(), other.vector().length, segment.vector().length);
        }
    }

    private static InvalidInputException otherDimensions(String collection, int existing, int given) {
        return new InvalidInputException(
                "The vectors of collection %s have %d dimensions and the given one has %d; use the model that the collection was made with, or another collection."
                        .formatted(Json.write(collection), existing, given));
    }

    /**
     * Returns the segments most similar to a vector, the most similar first.
     *
     * @param collection name of the collection; need not exist
     * @param query the vector
     * @param limit maximum number of segments, from 1 to {@code limits.results}
     * @param minCosine minimum cosine of the angle to the query, -1 for all
     * @param filter accepts the metadata of the segments that are searched; runs outside of any transaction
     * @throws InvalidInputException if the vector has other dimensions than the collection
     */
    public List<Match> search(
            String collection,
            float[] query,
            int limit,
            double minCosine,
            Predicate<Map<String, @Nullable Object>> filter) {
        engine.checkLimit(limit);
        Document.checkCollection(collection);
        SegmentSnapshot snapshot = snapshot(collection);
        if (snapshot == null || snapshot.size() == 0) {
            return List.of();
        }
        if (snapshot.dimensions() != query.length) {
            throw otherDimensions(collection, snapshot.dimensions(), query.length);
        }
        List<SegmentSnapshot.Found> found = snapshot.search(query, limit, minCosine, filter);
        return engine.read(agent, view -> {
            var matches = new ArrayList<Match>(found.size());
            for (SegmentSnapshot.Found match : found) {
                view.documents()
                        .document(Document.SEGMENTS + collection, match.id())
                        .filter(document -> document.number() == match.number()) // else replaced meanwhile
                        .ifPresent(document -> matches.add(new Match(Segment.of(document), match.cosine())));
            }
            return List.copyOf(matches);
        });
    }

    private @Nullable SegmentSnapshot snapshot(String collection) {
        if (!engine.exists(agent)) {
            return null;
        }
        try {
            return engine.withStore(agent, store -> engine.segments().get(store, collection));
        } catch (NotFoundException e) {
            return null; // erased meanwhile
        }
    }

    /** Returns a segment; empty if there is none. */
    public Optional<Segment> get(String collection, String id) {
        return engine.readIfExists(agent, view -> view.documents().document(Document.SEGMENTS + collection, id))
                .flatMap(Function.identity())
                .map(Segment::of);
    }

    /** Returns the number of segments of a collection; 0 if it does not exist. */
    public long count(String collection) {
        return engine.readIfExists(
                        agent,
                        view -> view.documents()
                                .extent(Document.SEGMENTS + collection)
                                .count())
                .orElse(0L);
    }

    /**
     * Erases segments.
     *
     * @param collection name of the collection
     * @param ids ids of the segments; unknown ids are ignored
     * @return number of segments that were erased
     */
    public int remove(String collection, Collection<String> ids) {
        if (ids.isEmpty() || !engine.exists(agent)) {
            return 0;
        }
        List<String> all = List.copyOf(ids);
        int removed = 0;
        int batch = engine.limits().batchMessages();
        for (int from = 0; from < all.size(); from += batch) {
            List<String> part = all.subList(from, Math.min(all.size(), from + batch));
            removed += engine.erase(
                            agent,
                            false,
                            (edit, erasure) -> part.stream()
                                    .distinct()
                                    .forEach(id -> edit.documents()
                                            .document(Document.SEGMENTS + collection, id)
                                            .ifPresent(erasure::document)))
                    .items()
                    .size();
        }
        return removed;
    }

    /**
     * Erases the segments whose metadata a filter accepts.
     *
     * @param collection name of the collection
     * @param filter accepts the metadata of the segments to erase; runs outside of any transaction
     * @return number of segments that were erased
     */
    public int removeIf(String collection, Predicate<Map<String, @Nullable Object>> filter) {
        SegmentSnapshot snapshot = snapshot(collection);
        return snapshot == null
                ? 0
                : remove(
                        collection,
                        snapshot.matching(filter).stream()
                                .map(SegmentSnapshot.Found::id)
                                .toList());
    }
}
