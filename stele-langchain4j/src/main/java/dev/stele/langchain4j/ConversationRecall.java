package dev.stele.langchain4j;

import dev.stele.AgentMemory;
import dev.stele.model.Message;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import java.util.List;
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

    private ConversationRecall() {}

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
        return memory.recall(query.withLimit(limit + Math.min(shown.size(), MAX_FURTHER))).hits().stream()
                .filter(hit -> !shown.contains(hit.id()))
                .limit(limit)
                .toList();
    }
}
