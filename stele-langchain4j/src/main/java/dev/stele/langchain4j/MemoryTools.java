package dev.stele.langchain4j;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolMemoryId;
import dev.stele.AgentMemory;
import dev.stele.model.NoteDraft;
import dev.stele.model.SteleException;
import dev.stele.recall.RecallFilter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tools by which a language model writes and reads the memory of an agent about one user. Create one object for each
 * user. Thread-safe. A tool returns text in every case; an error of the memory is told in the text, so that the model
 * can go on.
 */
public final class MemoryTools {

    private static final int MAX_ITEMS = 8;

    private final AgentMemory memory;
    private final String user;

    /**
     * @param memory memory of the agent
     * @param user id of the user that the model talks with
     */
    public MemoryTools(AgentMemory memory, String user) {
        this.memory = memory;
        this.user = user;
    }

    /**
     * Stores a fact about the user as a note.
     *
     * @param fact the fact, one sentence
     * @return confirmation, or why nothing was stored
     */
    @Tool(
            "Remembers a fact about the user for later conversations, such as a preference, a plan or a person they know.")
    public String remember(@P("the fact, as one complete sentence") @Nullable String fact) {
        if (fact == null || fact.isBlank()) {
            return "Nothing was remembered: the fact is missing.";
        }
        try {
            memory.notes().remember(NoteDraft.builder("fact", fact).user(user).build(), Optional.empty());
            return "Remembered.";
        } catch (SteleException e) {
            return "Nothing was remembered: " + e.getMessage();
        }
    }

    /**
     * Finds what the user may know of the memory.
     *
     * @param memoryId id of the chat memory of the conversation, whose messages are left out; null for none. LangChain4j
     *     supplies it
     * @param question text to search for
     * @return found items, one a line, with their dates; or that there is none
     */
    @Tool("Searches what is remembered from earlier conversations with the user.")
    public String recall(
            @ToolMemoryId @Nullable Object memoryId,
            @P("what to search for, as a question or as keywords") @Nullable String question) {
        if (question == null || question.isBlank()) {
            return "Nothing was searched: the question is missing.";
        }
        try {
            String found = ConversationRecall.query(memory, question, MAX_ITEMS)
                    .map(query -> query.withFilter(RecallFilter.ALL.withAudience(user)))
                    .map(query -> ConversationRecall.hits(memory, query, memoryId))
                    .orElse(List.of())
                    .stream()
                    .map(hit ->
                            "- " + hit.content() + " (" + hit.at().toString().substring(0, 10) + ")")
                    .collect(Collectors.joining("\n"));
            return found.isEmpty() ? "Nothing is remembered about that." : found;
        } catch (SteleException e) {
            return "The memory could not be searched: " + e.getMessage();
        }
    }
}
