package dev.stele.langchain4j;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.stele.AgentMemory;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Content retriever over recall: finds messages, notes and facts that the agent remembers. Thread-safe.
 *
 * <p>A query may be a message of any length: its first 2,000 chars are searched for, and quotation marks
 * mean nothing.
 *
 * <p>Each content has the text of an item as its segment. The metadata of the segment has {@code kind}, {@code id},
 * {@code at} and, where the item has them, {@code session}, {@code user}, {@code role}, {@code speaker}, {@code category}
 * and {@code entity}. The metadata of the content has the score and the id. An agent without data gives no contents. Messages
 * that the chat memory of the conversation has anyway are left out.
 */
public final class SteleContentRetriever implements ContentRetriever {

    private final AgentMemory memory;
    private final UnaryOperator<RecallQuery> settings;

    /**
     * Creates a retriever of the ten best items.
     *
     * @param memory memory of the agent
     */
    public SteleContentRetriever(AgentMemory memory) {
        this(memory, UnaryOperator.identity());
    }

    /**
     * Creates a retriever.
     *
     * @param memory memory of the agent
     * @param settings returns the query to run for a query by text alone: with a filter, a limit or other settings. Use
     *     {@link dev.stele.recall.RecallFilter#withAudience} to leave out what a user may not see
     */
    public SteleContentRetriever(AgentMemory memory, UnaryOperator<RecallQuery> settings) {
        this.memory = memory;
        this.settings = settings;
    }

    @Override
    public List<Content> retrieve(Query query) {
        var metadata = query.metadata();
        Object memoryId = metadata == null ? null : metadata.chatMemoryId();
        return ConversationRecall.query(memory, query.text(), RecallQuery.DEFAULT_LIMIT)
                .map(settings)
                .map(recall -> ConversationRecall.hits(memory, recall, memoryId))
                .orElse(List.of())
                .stream()
                .map(SteleContentRetriever::content)
                .toList();
    }

    private static Content content(Hit hit) {
        var metadata = new Metadata()
                .put("kind", hit.kind().label())
                .put("id", hit.id())
                .put("at", hit.at().toString());
        hit.session().ifPresent(session -> metadata.put("session", session));
        hit.user().ifPresent(user -> metadata.put("user", user));
        hit.role().ifPresent(role -> metadata.put("role", role));
        hit.speaker().ifPresent(speaker -> metadata.put("speaker", speaker));
        hit.category().ifPresent(category -> metadata.put("category", category));
        hit.entity().ifPresent(entity -> metadata.put("entity", entity));
        return Content.from(
                TextSegment.from(hit.content(), metadata),
                Map.of(ContentMetadata.SCORE, hit.score(), ContentMetadata.EMBEDDING_ID, hit.id()));
    }
}
