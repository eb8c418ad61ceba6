package dev.stele.spring.ai;

import dev.stele.AgentMemory;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Segment;
import dev.stele.segment.Segments;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.vectorstore.AbstractVectorStoreBuilder;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.filter.Filter;
import org.springframework.ai.vectorstore.observation.AbstractObservationVectorStore;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationContext;

/**
 * Vector store over a collection of segments of an agent. Search is exact and knows the whole filter language. The score
 * of a document is the cosine similarity. Thread-safe; several processes can use one collection.
 *
 * <p>Adding a document under an id that exists replaces the existing one. Values of the metadata that have no JSON form
 * are stored as text; an integer is read as an {@code Integer} if it fits. Documents with media and no text are refused.
 */
public final class SteleVectorStore extends AbstractObservationVectorStore {

    /** Collection that is used if none is named. */
    public static final String DEFAULT_COLLECTION = "spring-ai";

    private final Segments segments;
    private final String collection;

    private SteleVectorStore(Builder builder) {
        super(builder);
        this.segments = builder.memory.segments();
        this.collection = dev.stele.model.Document.checkCollection(builder.collection);
    }

    /**
     * Returns a builder of a store.
     *
     * @param memory memory of the agent
     * @param embeddingModel model that computes the vectors of documents and queries
     */
    public static Builder builder(AgentMemory memory, EmbeddingModel embeddingModel) {
        return new Builder(memory, embeddingModel);
    }

    /** Builder of vector stores. Not thread-safe. */
    public static final class Builder extends AbstractVectorStoreBuilder<Builder> {

        private final AgentMemory memory;
        private String collection = DEFAULT_COLLECTION;

        private Builder(AgentMemory memory, EmbeddingModel embeddingModel) {
            super(embeddingModel);
            this.memory = memory;
        }

        /**
         * Sets the name of the collection.
         *
         * @param name name of the collection; created by the first document
         */
        public Builder collection(String name) {
            this.collection = name;
            return this;
        }

        @Override
        public SteleVectorStore build() {
            return new SteleVectorStore(this);
        }
    }

    /**
     * Adds documents, whose vectors are computed before anything is written. An empty list has no effect.
     *
     * @throws InvalidInputException if a document has no text, or the model has other dimensions than the collection
     */
    @Override
    public void doAdd(List<Document> documents) {
        if (documents.isEmpty()) {
            return;
        }
        for (Document document : documents) {
            if (document.getText() == null) {
                throw new InvalidInputException(
                        "Document " + document.getId() + " has no text, by which it is embedded.");
            }
        }
        List<float[]> vectors =
                embeddingModel.embed(documents, EmbeddingOptions.builder().build(), batchingStrategy);
        var drafts = new ArrayList<Segments.Draft>(documents.size());
        for (int i = 0; i < documents.size(); i++) {
            Document document = documents.get(i);
            drafts.add(Segments.Draft.of(
                    Optional.of(document.getId()),
                    vectors.get(i),
                    Optional.ofNullable(document.getText()),
                    Values.toJson(document.getMetadata())));
        }
        segments.add(collection, drafts);
    }

    /** Erases documents. Unknown ids have no effect. */
    @Override
    public void doDelete(List<String> ids) {
        segments.remove(collection, ids);
    }

    /** Erases the documents whose metadata a filter accepts. */
    @Override
    protected void doDelete(Filter.Expression filter) {
        segments.removeIf(collection, FilterEvaluator.predicate(filter));
    }

    @Override
    public List<Document> doSimilaritySearch(SearchRequest request) {
        Filter.@Nullable Expression filter = request.getFilterExpression();
        double threshold = request.getSimilarityThreshold();
        return segments
                .search(
                        collection,
                        embeddingModel.embed(request.getQuery()),
                        request.getTopK(),
                        threshold == SearchRequest.SIMILARITY_THRESHOLD_ACCEPT_ALL ? -1 : threshold,
                        filter == null ? _ -> true : FilterEvaluator.predicate(filter))
                .stream()
                .map(SteleVectorStore::document)
                .toList();
    }

    private static Document document(Segments.Match match) {
        Segment segment = match.segment();
        return Document.builder()
                .id(segment.id())
                .text(segment.text().orElse(""))
                .metadata(Values.fromJson(segment.metadata()))
                .score(match.cosine())
                .build();
    }

    @Override
    public VectorStoreObservationContext.Builder createObservationContextBuilder(String operationName) {
        return VectorStoreObservationContext.builder("stele", operationName)
                .collectionName(Objects.requireNonNull(collection))
                .similarityMetric("cosine");
    }
}
