package dev.stele.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import dev.stele.AgentMemory;
import dev.stele.model.InvalidInputException;
import dev.stele.model.MessageDraft;
import dev.stele.model.WindowRemoval;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Chat memory store over the sessions of an agent. The memory id is the id of the session. Thread-safe; several
 * processes can use one session.
 *
 * <p>LangChain4j hands over all messages that the model is to see next, and removes the oldest ones to make room. The
 * store keeps such messages in the session, where recall finds them, unless {@link WindowRemoval#ERASE} was chosen.
 * Messages of every type are returned exactly as they were given, including tool calls, their results, images and
 * attributes. Reading an unknown memory id returns no messages.
 */
public final class SteleChatMemoryStore implements ChatMemoryStore {

    private final AgentMemory memory;
    private final WindowRemoval removal;
    private final Function<Object, Optional<String>> userOf;

    /**
     * Creates a store whose sessions belong to no user, and that keeps messages which leave a chat memory.
     *
     * @param memory memory of the agent that chats
     */
    public SteleChatMemoryStore(AgentMemory memory) {
        this(memory, WindowRemoval.KEEP, _ -> Optional.empty());
    }

    private SteleChatMemoryStore(AgentMemory memory, WindowRemoval removal, Function<Object, Optional<String>> userOf) {
        this.memory = memory;
        this.removal = removal;
        this.userOf = userOf;
    }

    /**
     * Returns a store over the same memory that does this with messages which leave a chat memory.
     *
     * @param newRemoval whether they stay in the session or are erased
     */
    public SteleChatMemoryStore withRemoval(WindowRemoval newRemoval) {
        return new SteleChatMemoryStore(memory, newRemoval, userOf);
    }

    /**
     * Returns a store over the same memory whose sessions belong to users.
     *
     * @param newUserOf returns the id of the user of a memory id; empty for none
     */
    public SteleChatMemoryStore withUsers(Function<Object, Optional<String>> newUserOf) {
        return new SteleChatMemoryStore(memory, removal, newUserOf);
    }

    /**
     * Returns the messages of a chat memory.
     *
     * @param memoryId id of the chat memory, whose text is the id of a session
     * @return the messages, as they were last given to {@link #updateMessages}; empty for an unknown id
     * @throws InvalidInputException if the id is null or no valid id of a session
     */
    @Override
    public List<ChatMessage> getMessages(Object memoryId) {
        return memory.sessions().window(session(memoryId)).stream()
                .map(MessageCodec::decode)
                .toList();
    }

    /**
     * Replaces the messages of a chat memory, in one write.
     *
     * @param memoryId id of the chat memory
     * @param messages all messages of the chat memory; may be empty
     * @throws InvalidInputException if the id is null or no valid id of a session
     * @throws dev.stele.model.LimitExceededException if a message is too long; nothing is changed then
     */
    @Override
    public void updateMessages(Object memoryId, List<ChatMessage> messages) {
        String session = session(memoryId);
        Optional<String> user = userOf.apply(memoryId);
        List<MessageDraft> drafts = messages.stream()
                .map(message -> MessageCodec.encode(session, user, message))
                .toList();
        memory.sessions().replaceWindow(session, drafts, removal);
    }

    /**
     * Erases a chat memory: the whole session with the messages that left the chat memory earlier, and what was derived
     * from them. An unknown id has no effect.
     *
     * @param memoryId id of the chat memory
     * @throws InvalidInputException if the id is null or no valid id of a session
     */
    @Override
    public void deleteMessages(Object memoryId) {
        String session = session(memoryId);
        if (memory.exists() && memory.sessions().get(session).isPresent()) {
            memory.sessions().delete(session);
        }
    }

    private static String session(@Nullable Object memoryId) {
        if (memoryId == null) {
            throw new InvalidInputException("The memory id is null; give each conversation an id.");
        }
        return memoryId.toString();
    }
}
