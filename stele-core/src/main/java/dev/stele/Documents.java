package dev.stele;

import dev.stele.document.Chunker;
import dev.stele.document.Section;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import dev.stele.model.Sha256;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.store.DocumentEdit;
import dev.stele.store.DocumentView;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Documents of one agent, in collections. A document is split into passages, which are searched by semantic similarity
 * and keywords. Passages are excluded from recall unless requested. Obtained from {@link AgentMemory#documents}.
 * Thread-safe.
 */
public final class Documents {

    /** Default weight of semantic similarity in a search; the keyword score has the rest. */
    public static final double DEFAULT_DENSE = 0.8;

    /** Maximum number of passages that are embedded at once. */
    private static final int EMBEDDING_BATCH = 64;
    /** Maximum number of characters of a document. */
    private static final int MAX_CHARACTERS = 16 << 20;
    /** Maximum number of passages of an agent. */
    private static final int MAX_PASSAGES = 500_000;

    private final AgentName agent;
    private final Engine engine;

    Documents(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Draft of a document to add.
     *
     * @param collection the name of the collection
     * @param id the id of the document in the collection; empty to generate one
     * @param title the title; may be blank
     * @param sections the text
     * @param metadata JSON values that are stored with the document
     */
    public record Draft(
            String collection,
            Optional<String> id,
            String title,
            List<Section> sections,
            Map<String, @Nullable Object> metadata) {

        public Draft {
            Document.checkCollection(collection);
            if (Document.isInternal(collection)) {
                throw new InvalidInputException(
                        "The collection %s begins like the names that Stele keeps for itself; choose another name."
                                .formatted(Json.write(collection)));
            }
            id.ifPresent(given -> Ids.check("document id", given));
            Ids.checkText("title of a document", title);
            sections = List.copyOf(sections);
            sections.forEach(section -> {
                Ids.checkText("heading of a document", section.heading());
                Ids.checkText("text of a document", section.text());
            });
            metadata = Json.copyMap(metadata);
        }

        /** Returns a draft without metadata. */
        public static Draft of(String collection, Optional<String> id, String title, List<Section> sections) {
            return new Draft(collection, id, title, sections, Map.of());
        }

        /** Returns a copy with other metadata. */
        public Draft withMetadata(Map<String, ? extends @Nullable Object> values) {
            return new Draft(collection, id, title, sections, Json.copyMap(values));
        }
    }

    /** Adds a document as {@link #add(Draft, LongConsumer)} does, without progress reports. */
    public Document add(Draft draft) {
        return add(draft, _ -> {});
    }

    /**
     * Adds a document, or updates the existing document of the id. Unchanged passages keep their embeddings. If the
     * collection has a document of the same text (and of the same title, if the draft has an id), that document is
     * returned unchanged.
     *
     * @param draft the document
     * @param progress receives the number of passages that are embedded
     * @return the stored document
     * @throws InvalidInputException if the document has no text
     * @throws LimitExceededException if the document is too long, or the agent would have too many passages
     */
    public Document add(Draft draft, LongConsumer progress) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.UPSERT, agent),
                        () -> store(draft, progress),
                        _ -> OperationOutcome.Succeeded.of(1));
    }

    private Document store(Draft draft, LongConsumer progress) {
        List<Chunker.Chunk> chunks = Chunker.DEFAULT.chunks(draft.sections());
        long characters = draft.sections().stream()
                .mapToLong(section -> section.text().length())
                .sum();
        if (chunks.isEmpty()) {
            throw new InvalidInputException("The document has no text; there is nothing to add.");
        }
        if (characters > MAX_CHARACTERS) {
            throw new LimitExceededException("The document has %d characters; at most %d are taken. Cut it in parts."
                    .formatted(characters, MAX_CHARACTERS));
        }
        String hash = Sha256.hex(draft.sections().stream()
                .map(section -> section.heading() + "\n" + section.text())
                .collect(Collectors.joining("\n\n")));
        Optional<Document> same = engine.readIfExists(agent, view -> same(view.documents(), draft, hash))
                .flatMap(Function.identity());
        if (same.isPresent()) {
            return same.get();
        }
        String id = draft.id().orElseGet(Ids::next);
        Instant now = Engine.now();
        List<Passage> passages = passages(draft, id, chunks, now);
        Map<String, IndexEntry> indexings = index(passages, progress);
        return engine.write(agent, edit -> put(edit, draft, id, hash, characters, now, passages, indexings));
    }

    /** Returns the stored document that a draft leaves unchanged; empty if there is none. */
    private static Optional<Document> same(DocumentView documents, Draft draft, String hash) {
        return draft.id()
                .flatMap(id -> documents.document(draft.collection(), id))
                .or(() -> documents.ofHash(draft.collection(), hash))
                .filter(document -> document.hash().equals(hash)
                        && (draft.id().isEmpty()
                                || title(draft, draft.id().get()).equals(document.title())));
    }

    private static String title(Draft draft, String id) {
        return draft.title().isBlank() ? id : draft.title();
    }

    private static List<Passage> passages(Draft draft, String id, List<Chunker.Chunk> chunks, Instant now) {
        var passages = new LinkedHashMap<String, Passage>();
        for (Chunker.Chunk chunk : chunks) {
            String hash = Sha256.hex(plain(chunk.text()));
            // A text that occurs twice in a document is stored as one passage.
            passages.putIfAbsent(
                    hash,
                    new Passage(
                            0,
                            Sha256.hex(draft.collection() + "\n" + id + "\n" + hash)
                                    .substring(0, 32),
                            0,
                            passages.size(),
                            title(draft, id),
                            draft.collection(),
                            chunk.heading(),
                            chunk.text(),
                            hash,
                            now));
        }
        return new ArrayList<>(passages.values());
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
    }

    /** Computes the index entries of passages before the write, in batches. */
    private Map<String, IndexEntry> index(List<Passage> passages, LongConsumer progress) {
        var indexings = new HashMap<String, IndexEntry>();
        for (int from = 0; from < passages.size(); from += EMBEDDING_BATCH) {
            List<Passage> batch = passages.subList(from, Math.min(passages.size(), from + EMBEDDING_BATCH));
            List<IndexEntry> entries = engine.indexer()
                    .index(batch.stream()
                            .map(passage -> engine.indexer().draft(agent, passage))
                            .toList());
            for (int i = 0; i < batch.size(); i++) {
                indexings.put(batch.get(i).hash(), entries.get(i));
            }
            progress.accept(from + batch.size());
        }
        return indexings;
    }

    private Document put(
            StoreEdit edit,
            Draft draft,
            String id,
            String hash,
            long characters,
            Instant now,
            List<Passage> passages,
            Map<String, IndexEntry> indexings) {
        DocumentEdit documents = edit.documents();
        Optional<Document> same = same(documents, draft, hash); // another writer may have added it meanwhile
        if (same.isPresent()) {
            return same.get();
        }
        Document document = documents
                .document(draft.collection(), id)
                .orElseGet(() -> documents.add(new Document(
                        0, id, draft.collection(), title(draft, id), hash, characters, 0, now, draft.metadata())));
        int count = putPassages(edit, document, passages, indexings);
        Document updated = new Document(
                document.number(),
                id,
                draft.collection(),
                title(draft, id),
                hash,
                characters,
                count,
                now,
                draft.metadata());
        documents.update(updated);
        return updated;
    }

    /**
     * Replaces the passages of a document. A passage whose text remains keeps its number, by which lineage names it.
     *
     * @return number of passages that are stored with the document
     */
    private int putPassages(
            StoreEdit edit, Document document, List<Passage> passages, Map<String, IndexEntry> indexings) {
        DocumentEdit documents = edit.documents();
        Set<String> hashes = passages.stream().map(Passage::hash).collect(Collectors.toSet());
        Set<String> elsewhere = documents.share(document, hashes);
        var kept = new HashMap<String, Passage>();
        for (Passage stored : documents.passages(document.number())) {
            boolean remains = hashes.contains(stored.hash()) && !elsewhere.contains(stored.hash());
            if (!remains || kept.putIfAbsent(stored.hash(), stored) != null) {
                documents
                        .release(stored, document)
                        .ifPresent(handedOver -> engine.indexer().reindex(edit, agent, handedOver));
            }
        }
        long remaining = MAX_PASSAGES - documents.passageCount();
        int position = 0;
        for (Passage passage : passages) {
            if (elsewhere.contains(passage.hash())) {
                continue;
            }
            Passage placed = passage.in(document.number(), position++);
            Passage stored = kept.get(passage.hash());
            IndexEntry indexing = Objects.requireNonNull(indexings.get(passage.hash()));
            if (stored == null) {
                if (remaining-- <= 0) {
                    throw new LimitExceededException(
                            "Agent \"%s\" has %d passages, which is the most it may have; delete documents."
                                    .formatted(agent, MAX_PASSAGES));
                }
                documents.add(placed, indexing);
            } else if (stored.about().equals(placed.about())
                    && stored.heading().equals(placed.heading())
                    && stored.content().equals(placed.content())) {
                documents.move(stored, placed.position());
            } else {
                documents.update(stored, placed, indexing);
            }
        }
        return position;
    }

    /**
     * Lists documents, newest first.
     *
     * @param collection only documents of this collection; empty for all
     * @param limit maximum number of documents, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     */
    public Page<Document> list(Optional<String> collection, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        if (collection.filter(Document::isInternal).isPresent()) {
            return new Page<>(List.of(), Optional.empty());
        }
        return engine.read(agent, view -> view.documents().documents(collection, engine.checkLimit(limit), from));
    }

    /** Returns the names of the collections, in order, with the number of documents of each. */
    public Map<String, Long> collections() {
        return engine.read(agent, view -> view.documents().collections());
    }

    /** Returns a document by its collection and id; empty if there is none. */
    public Optional<Document> get(String collection, String id) {
        return engine.read(agent, view -> view.documents().document(collection, id))
                .filter(document -> !Document.isInternal(collection));
    }

    /**
     * Returns the passages of a document, in order.
     *
     * @throws NotFoundException if the document does not exist
     */
    public List<Passage> passages(String collection, String id) {
        return engine.read(
                agent,
                view -> view.documents()
                        .passages(found(collection, id, view.documents().document(collection, id))
                                .number()));
    }

    /**
     * Erases a document with the passages that no other document of the collection has, and everything that was
     * derived from them.
     *
     * @return what was erased
     * @throws NotFoundException if the document does not exist
     */
    public Erased delete(String collection, String id) {
        return delete(collection, id, false);
    }

    /**
     * Returns what {@link #delete} would erase, and changes nothing.
     *
     * @throws NotFoundException if the document does not exist
     */
    public Erased previewDelete(String collection, String id) {
        return delete(collection, id, true);
    }

    private Erased delete(String collection, String id, boolean preview) {
        return engine.erase(
                agent,
                preview,
                id,
                (edit, erasure) ->
                        erasure.document(found(collection, id, edit.documents().document(collection, id))));
    }

    /**
     * Erases all documents of a collection.
     *
     * @param collection name of the collection
     * @param preview whether nothing is changed and the result only tells what would be erased
     * @return what was erased
     * @throws NotFoundException if the collection does not exist
     */
    public Erased deleteCollection(String collection, boolean preview) {
        return engine.erase(agent, preview, collection, (edit, erasure) -> {
            Page<Document> page =
                    edit.documents().documents(Optional.of(collection), Integer.MAX_VALUE - 1, Optional.empty());
            if (page.items().isEmpty() || Document.isInternal(collection)) {
                throw new NotFoundException("There is no collection " + Json.write(collection) + ".");
            }
            page.items().forEach(erasure::document);
        });
    }

    private static Document found(String collection, String id, Optional<Document> document) {
        return document.filter(stored -> !Document.isInternal(stored.collection()))
                .orElseThrow(() -> new NotFoundException(
                        "There is no document %s in collection %s.".formatted(Json.write(id), Json.write(collection))));
    }

    /**
     * Searches a collection as {@link #search(String, String, int, double)} does, with the weights 0.8 for semantic
     * similarity and 0.2 for keywords.
     */
    public List<Hit> search(String collection, String query, int limit) {
        return search(collection, query, limit, DEFAULT_DENSE);
    }

    /**
     * Searches the passages of a collection.
     *
     * @param collection the name of the collection
     * @param query the text to search for
     * @param limit maximum number of passages
     * @param dense weight of semantic similarity, 0 to 1; the keyword score has the rest
     * @return the best passages, best first
     * @throws NotFoundException if the collection does not exist
     */
    public List<Hit> search(String collection, String query, int limit, double dense) {
        if (!(dense >= 0 && dense <= 1)) {
            throw new InvalidInputException("The weight of meaning is %s; it must lie from 0 to 1.".formatted(dense));
        }
        Set<String> collections = collections().keySet();
        if (!collections.contains(Document.checkCollection(collection))) {
            throw new NotFoundException("There is no collection %s; there %s."
                    .formatted(
                            Json.write(collection),
                            collections.isEmpty()
                                    ? "is none yet"
                                    : "are "
                                            + collections.stream()
                                                    .map(Json::write)
                                                    .collect(Collectors.joining(", "))));
        }
        // Passages are not messages of a conversation: only semantic similarity and the passage's own terms count.
        Map<String, Double> weights = RecallQuery.signals().stream()
                .collect(Collectors.toMap(Function.identity(), signal -> switch (signal) {
                    case "meaning" -> dense;
                    case "turn" -> 1 - dense;
                    default -> 0.0;
                }));
        return engine.recall(
                        agent,
                        RecallQuery.of(query)
                                .withLimit(limit)
                                .withWeights(weights)
                                .withFilter(RecallFilter.ALL
                                        .withKinds(ItemKind.PASSAGE)
                                        .withCategory(collection)))
                .hits();
    }
}
