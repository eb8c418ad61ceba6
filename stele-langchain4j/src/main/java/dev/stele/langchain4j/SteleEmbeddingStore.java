package dev.stele.langchain4j;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.RelevanceScore;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.stele.AgentMemory;
import dev.stele.model.Document;
import dev.stele.model.Ids;
import dev.stele.model.Segment;
import dev.stele.segment.Segments;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Embedding store over a collection of segments of an agent. Search is exact and knows every filter. The score is the
 * relevance score of LangChain4j, (cosine + 1) / 2. Thread-safe; several processes can use one collection.
 *
 * <p>Adding a segment under an id that exists replaces the existing one. All embeddings of a collection must have the
 * same number of dimensions.
 */
public final class SteleEmbeddingStore implements EmbeddingStore<TextSegment> {

    /** Collection that is used if none is named. */
    public static final String DEFAULT_COLLECTION = "langchain4j";

    private final Segments segments;
    private final String collection;

    /**
     * Creates a store over the default collection.
     *
     * @param memory memory of the agent
     */
    public SteleEmbeddingStore(AgentMemory memory) {
        this(memory, DEFAULT_COLLECTION);
    }

    /**
     * Creates a store.
     *
     * @param memory memory of the agent
     * @param collection name of the collection; created by the first segment
     */
    public SteleEmbeddingStore(AgentMemory memory, String collection) {
        this.segments = memory.segments();
        this.collection = Document.checkCollection(collection);
    }

    @Override
    public String add(Embedding embedding) {
        return add(List.of(draft(Optional.empty(), embedding, null))).getFirst();
    }

    @Override
    public void add(String id, Embedding embedding) {
        add(List.of(draft(Optional.of(checkId(id)), embedding, null)));
    }

    @Override
    public String add(Embedding embedding, @Nullable TextSegment segment) {
        return add(List.of(draft(Optional.empty(), embedding, segment))).getFirst();
    }

    @Override
    public List<String> addAll(List<Embedding> embeddings) {
        return addAll(embeddings, null);
    }

    @Override
    public List<String> addAll(List<Embedding> embeddings, @Nullable List<TextSegment> embedded) {
        List<String> ids = embeddings.stream().map(_ -> Ids.next()).toList();
        addAll(ids, embeddings, embedded);
        return ids;
    }

    @Override
    public void addAll(
            @Nullable List<String> ids, @Nullable List<Embedding> embeddings, @Nullable List<TextSegment> embedded) {
        int count = size(embeddings);
        if (size(ids) != count) {
            throw new IllegalArgumentException(
                    "ids size (%d) is not equal to embeddings size (%d)".formatted(size(ids), count));
        }
        if (embedded != null && embedded.size() != count) {
            throw new IllegalArgumentException(
                    "embeddings size (%d) is not equal to embedded size (%d)".formatted(count, embedded.size()));
        }
        if (ids == null || embeddings == null) {
            return;
        }
        var drafts = new ArrayList<Segments.Draft>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            drafts.add(draft(
                    Optional.of(checkId(ids.get(i))), embeddings.get(i), embedded == null ? null : embedded.get(i)));
        }
        add(drafts);
    }

    private static int size(@Nullable List<?> list) {
        return list == null ? 0 : list.size();
    }

    private List<String> add(List<Segments.Draft> drafts) {
        return segments.add(collection, drafts);
    }

    private static Segments.Draft draft(Optional<String> id, Embedding embedding, @Nullable TextSegment segment) {
        return Segments.Draft.of(
                id,
                requireNonNull(embedding, "embedding").vector(),
                Optional.ofNullable(segment).map(TextSegment::text),
                metadata(segment));
    }

    private static Map<String, @Nullable Object> metadata(@Nullable TextSegment segment) {
        return segment == null ? Map.<String, @Nullable Object>of() : MetadataCodec.encode(segment.metadata());
    }

    /**
     * Erases a segment. An unknown id has no effect.
     *
     * @throws IllegalArgumentException if the id is null or blank
     */
    @Override
    public void remove(String id) {
        removeAll(List.of(checkId(id)));
    }

    /**
     * Erases segments. Null, an empty list and unknown ids have no effect.
     *
     * @param ids ids of the segments
     */
    @Override
    public void removeAll(@Nullable Collection<String> ids) {
        if (ids != null && !ids.isEmpty()) {
            segments.remove(collection, ids);
        }
    }

    /**
     * Erases the segments whose metadata a filter accepts.
     *
     * @throws IllegalArgumentException if the filter is null
     */
    @Override
    public void removeAll(@Nullable Filter filter) {
        if (filter == null) {
            throw new IllegalArgumentException("filter cannot be null");
        }
        segments.removeIf(collection, predicate(filter));
    }

    /** Erases all segments of the collection. */
    @Override
    public void removeAll() {
        segments.removeIf(collection, _ -> true);
    }

    @Override
    public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
        Filter filter = request.filter();
        List<EmbeddingMatch<TextSegment>> matches = segments
                .search(
                        collection,
                        request.queryEmbedding().vector(),
                        request.maxResults(),
                        -1,
                        filter == null ? _ -> true : predicate(filter))
                .stream()
                .map(SteleEmbeddingStore::match)
                .filter(match -> match.score() >= request.minScore())
                .toList();
        return new EmbeddingSearchResult<>(matches);
    }

    private static Predicate<Map<String, @Nullable Object>> predicate(Filter filter) {
        return (Map<String, @Nullable Object> metadata) -> filter.test(MetadataCodec.decode(metadata));
    }

    private static EmbeddingMatch<TextSegment> match(Segments.Match match) {
        Segment segment = match.segment();
        Optional<String> text = segment.text();
        return new EmbeddingMatch<>(
                RelevanceScore.fromCosineSimilarity(match.cosine()),
                segment.id(),
                Embedding.from(segment.vector()),
                text.isEmpty() ? null : TextSegment.from(text.get(), MetadataCodec.decode(segment.metadata())));
    }

    private static String checkId(@Nullable String id) {
        if (id == null || id.isBlank()) {
            throw new IllegalArgumentException("id cannot be null or blank");
        }
        return id;
    }
}
