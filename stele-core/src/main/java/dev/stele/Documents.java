package dev.stele;

import dev.stele.document.Chunker;
import dev.stele.document.Section;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Document;
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
import dev.stele.store.IndexEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An agent's documents, in collections. They are cut into passages, which are searched by meaning and words, and stay out of recall unless
 * asked for. Thread-safe.
 */
public final class Documents {

    /** Weight of meaning in a search; words have the rest. */
    public static final double DEFAULT_DENSE = 0.8;

    private static final int EMBEDDED_AT_ONCE = 64;
    private static final int MAX_CHARACTERS = 16 << 20;
    private static final int MAX_PASSAGES = 500_000;

    private final AgentName agent;
    private final Memory memory;

    Documents(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /**
     * A document to add.
     *
     * @param id its identifier in the collection, or empty to have one made
     * @param sections its text
     */
    public record Draft(
            String collection,
            Optional<String> id,
            String title,
            List<Section> sections,
            Map<String, @Nullable Object> metadata) {

        public Draft {
            Document.checkCollection(collection);
            id.ifPresent(given -> Ids.check("document id", given));
            Ids.checkText("title of a document", title);
            sections = List.copyOf(sections);
            sections.forEach(section -> {
                Ids.checkText("heading of a document", section.heading());
                Ids.checkText("text of a document", section.text());
            });
            metadata = Json.copyMap(metadata);
        }

        public static Draft of(String collection, Optional<String> id, String title, List<Section> sections) {
            return new Draft(collection, id, title, sections, Map.of());
        }

        public Draft withMetadata(Map<String, ? extends @Nullable Object> values) {
            return new Draft(collection, id, title, sections, Json.copyMap(values));
        }
    }

    /** {@link #add(Draft, LongConsumer)} without a word on how far it is. */
    public Document add(Draft draft) {
        return add(draft, _ -> {});
    }

    /**
     * Adds a document, or changes the one of this id: passages that stay as they are keep their vectors. The same text again in a collection
     * is the document that is there.
     *
     * @param progress is told how many passages have their vectors
     * @throws InvalidInputException if it has no text
     * @throws LimitExceededException if it is too long
     */
    public Document add(Draft draft, LongConsumer progress) {
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
        Optional<Document> there = memory.isThere(agent)
                ? memory.read(
                        agent,
                        view -> draft.id()
                                .flatMap(id -> view.documents().document(draft.collection(), id))
                                .or(() -> view.documents().ofHash(draft.collection(), hash)))
                : Optional.empty();
        boolean same = there.filter(document -> document.hash().equals(hash)
                        && (draft.id().isEmpty() || draft.title().equals(document.title())))
                .isPresent();
        if (same) {
            return there.orElseThrow();
        }
        String id = draft.id().orElseGet(Ids::next);
        Instant now = Memory.now();
        List<Passage> passages = passages(draft, id, chunks, now);
        Map<String, IndexEntry> indexings = index(passages, progress);
        return memory.write(
                agent, edit -> put(edit.documents(), draft, id, hash, characters, now, passages, indexings));
    }

    private static List<Passage> passages(Draft draft, String id, List<Chunker.Chunk> chunks, Instant now) {
        var passages = new LinkedHashMap<String, Passage>();
        for (Chunker.Chunk chunk : chunks) {
            String hash = Sha256.hex(plain(chunk.text()));
            // The same text twice in a document is one passage.
            passages.putIfAbsent(
                    hash,
                    new Passage(
                            0,
                            Sha256.hex(draft.collection() + "\n" + id + "\n" + hash)
                                    .substring(0, 32),
                            0,
                            passages.size(),
                            draft.title().isBlank() ? id : draft.title(),
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

    /** What passages are found by, made before the write, some at a time. */
    private Map<String, IndexEntry> index(List<Passage> passages, LongConsumer progress) {
        var indexings = new HashMap<String, IndexEntry>();
        for (int from = 0; from < passages.size(); from += EMBEDDED_AT_ONCE) {
            List<Passage> batch = passages.subList(from, Math.min(passages.size(), from + EMBEDDED_AT_ONCE));
            List<IndexEntry> made = memory.indexer()
                    .index(batch.stream()
                            .map(passage -> memory.indexer().draft(agent, passage))
                            .toList());
            for (int i = 0; i < batch.size(); i++) {
                indexings.put(batch.get(i).hash(), made.get(i));
            }
            progress.accept(from + batch.size());
        }
        return indexings;
    }

    private Document put(
            DocumentEdit documents,
            Draft draft,
            String id,
            String hash,
            long characters,
            Instant now,
            List<Passage> passages,
            Map<String, IndexEntry> indexings) {
        Optional<Document> before = documents.document(draft.collection(), id);
        Document document = before.orElseGet(() -> documents.add(new Document(
                0, id, draft.collection(), passages.getFirst().title(), hash, characters, 0, now, draft.metadata())));
        Map<String, Passage> kept = documents.passages(document.number()).stream()
                .collect(Collectors.toMap(Passage::hash, Function.identity(), (a, _) -> a));
        var wanted = new HashSet<>(passages.stream().map(Passage::hash).toList());
        wanted.removeAll(documents.known(
                draft.collection(), passages.stream().map(Passage::hash).toList(), document.number()));
        boolean renamed = before.isPresent()
                && !before.get().title().equals(passages.getFirst().title());
        kept.values().stream()
                .filter(passage -> renamed || !wanted.contains(passage.hash()))
                .forEach(documents::delete);
        long room = MAX_PASSAGES - documents.passageCount();
        int position = 0;
        for (Passage passage : passages) {
            Passage there = renamed ? null : kept.get(passage.hash());
            if (!wanted.contains(passage.hash())) {
                continue;
            }
            if (there != null && there.heading().equals(passage.heading())) {
                documents.move(there, position);
            } else {
                if (there != null) {
                    documents.delete(there);
                    room++;
                }
                if (room-- <= 0) {
                    throw new LimitExceededException(
                            "Agent \"%s\" has %d passages, which is the most it may have; delete documents."
                                    .formatted(agent, MAX_PASSAGES));
                }
                IndexEntry indexing = indexings.get(passage.hash());
                if (indexing != null) {
                    documents.add(passage.in(document.number(), position), indexing);
                }
            }
            position++;
        }
        Document after = new Document(
                document.number(),
                id,
                draft.collection(),
                passages.getFirst().title(),
                hash,
                characters,
                position,
                now,
                draft.metadata());
        documents.update(after);
        return after;
    }

    /** Documents, newest first. */
    public Page<Document> list(Optional<String> collection, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return memory.read(agent, view -> view.documents().documents(collection, memory.checkLimit(limit), from));
    }

    /** Names of collections with how many documents each has, by name. */
    public Map<String, Long> collections() {
        return memory.read(agent, view -> view.documents().collections());
    }

    public Optional<Document> get(String collection, String id) {
        return memory.read(agent, view -> view.documents().document(collection, id));
    }

    /** The passages of a document, in their order. */
    public List<Passage> passages(String collection, String id) {
        return memory.read(
                agent,
                view -> view.documents()
                        .passages(found(collection, id, view.documents().document(collection, id))
                                .number()));
    }

    /** Removes a document with its passages, in rows, indexes and free pages. */
    public void delete(String collection, String id) {
        memory.writeExisting(agent, edit -> {
            edit.documents().delete(found(collection, id, edit.documents().document(collection, id)));
            return id;
        });
        memory.scrub(agent);
    }

    private static Document found(String collection, String id, Optional<Document> document) {
        return document.orElseThrow(() -> new NotFoundException(
                "There is no document %s in collection %s.".formatted(Json.write(id), Json.write(collection))));
    }

    /** {@link #search(String, String, int, double)} with meaning and words as 80 to 20. */
    public List<Hit> search(String collection, String query, int limit) {
        return search(collection, query, limit, DEFAULT_DENSE);
    }

    /**
     * The passages of a collection that say most on something.
     *
     * @param dense weight of meaning, 0 to 1; words have the rest
     * @throws NotFoundException if there is no such collection
     */
    public List<Hit> search(String collection, String query, int limit, double dense) {
        if (!(dense >= 0 && dense <= 1)) {
            throw new InvalidInputException("The weight of meaning is %s; it must lie from 0 to 1.".formatted(dense));
        }
        Set<String> there = collections().keySet();
        if (!there.contains(Document.checkCollection(collection))) {
            throw new NotFoundException("There is no collection %s; there %s."
                    .formatted(
                            Json.write(collection),
                            there.isEmpty()
                                    ? "is none yet"
                                    : "are " + there.stream().map(Json::write).collect(Collectors.joining(", "))));
        }
        // Passages are not turns of a conversation: meaning and their own words count, and nothing else.
        Map<String, Double> weights = RecallQuery.signals().stream()
                .collect(Collectors.toMap(Function.identity(), signal -> switch (signal) {
                    case "meaning" -> dense;
                    case "turn" -> 1 - dense;
                    default -> 0.0;
                }));
        return new AgentMemory(agent, memory)
                .recall(RecallQuery.of(query)
                        .withLimit(limit)
                        .withWeights(weights)
                        .withFilter(RecallFilter.ALL.withKinds(ItemKind.PASSAGE).withCategory(collection)))
                .hits();
    }
}
