package dev.stele.langchain4j;

import dev.stele.AgentMemory;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.TextPrefix;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Recall during a conversation. Messages that the chat memory shows to the model anyway are left out, first of all the
 * question itself, which is stored before it is answered.
 */
final class ConversationRecall {

    /** Maximum number of further hits that are asked for, in place of those that are left out. */
    private static final int MAX_FURTHER = 50;

    /** Maximum length of the text that is searched for, in UTF-16 chars. */
    static final int MAX_QUERY_CHARS = 2_000;

    /** Maximum number of bytes of a UTF-16 char in UTF-8. */
    private static final int BYTES_PER_CHAR = 3;

    private ConversationRecall() {}

    /**
     * Returns a query for what was said in a conversation, which may be of any length: the query has the beginning of the
     * text, without quotation marks, which would request exact phrases.
     *
     * @param maxHits maximum number of hits; fewer if {@code limits.results} is less
     * @return the query; empty if the text has nothing to search for
     */
    static Optional<RecallQuery> query(AgentMemory memory, String text, int maxHits) {
        Limits limits = memory.limits();
        int maxChars = Math.min(MAX_QUERY_CHARS, limits.queryBytes() / BYTES_PER_CHAR);
        return Optional.of(TextPrefix.of(text.replace('"', ' ').strip(), maxChars))
                .filter(beginning -> !beginning.isBlank())
                .map(beginning -> RecallQuery.of(beginning).withLimit(Math.min(maxHits, limits.results())));
    }

    /**
     * Returns the hits of a query; none if the agent does not exist.
     *
     * @param memoryId id of the chat memory of the conversation; null if it is unknown
     */
    static List<Hit> hits(AgentMemory memory, RecallQuery query, @Nullable Object memoryId) {
        if (!memory.exists()) {
            return List.of();
        }
        Set<String> shown = memoryId == null
                ? Set.of()
                : memory.sessions().window(memoryId.toString()).stream()
                        .map(Message::id)
                        .collect(Collectors.toSet());
        int limit = query.limit();
        int further = Math.clamp(memory.limits().results() - (long) limit, 0, Math.min(shown.size(), MAX_FURTHER));
        return memory.recall(query.withLimit(limit + further)).hits().stream()
                .filter(hit -> !shown.contains(hit.id()))
                .limit(limit)
                .toList();
    }
}
