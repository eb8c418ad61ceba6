package dev.stele.spring.ai;

import dev.stele.AgentMemory;
import dev.stele.model.InvalidInputException;
import dev.stele.model.MessageDraft;
import dev.stele.model.WindowRemoval;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.messages.Message;

/**
 * Chat memory repository over the sessions of an agent. The id of a conversation is the id of the session. Thread-safe;
 * several processes can use one conversation.
 *
 * <p>Spring AI hands over all messages that the model is to see next, and removes the oldest ones to make room. The
 * repository keeps such messages in the session, where recall finds them, unless {@link WindowRemoval#ERASE} was chosen.
 * Messages of every type are returned as they were given, including tool calls, their results and media; values of their
 * metadata that have no JSON form are returned as text. Reading an unknown conversation returns no messages.
 */
public final class SteleChatMemoryRepository implements ChatMemoryRepository {

    private final AgentMemory memory;
    private final WindowRemoval removal;
    private final Function<String, Optional<String>> userOf;

    /**
     * Creates a repository whose sessions belong to no user, and that keeps messages which leave a chat memory.
     *
     * @param memory memory of the agent that chats
     */
    public SteleChatMemoryRepository(AgentMemory memory) {
        this(memory, WindowRemoval.KEEP, _ -> Optional.empty());
    }

    private SteleChatMemoryRepository(
            AgentMemory memory, WindowRemoval removal, Function<String, Optional<String>> userOf) {
        this.memory = memory;
        this.removal = removal;
        this.userOf = userOf;
    }

    /**
     * Returns a repository over the same memory that does this with messages which leave a chat memory.
     *
     * @param newRemoval whether they stay in the session or are erased
     */
    public SteleChatMemoryRepository withRemoval(WindowRemoval newRemoval) {
        return new SteleChatMemoryRepository(memory, newRemoval, userOf);
    }

    /**
     * Returns a repository over the same memory whose sessions belong to users.
     *
     * @param newUserOf returns the id of the user of a conversation; empty for none
     */
    public SteleChatMemoryRepository withUsers(Function<String, Optional<String>> newUserOf) {
        return new SteleChatMemoryRepository(memory, removal, newUserOf);
    }

    /** Returns the ids of the conversations that have messages. */
    @Override
    public List<String> findConversationIds() {
        return memory.sessions().windows();
    }

    /**
     * Returns the messages of a conversation.
     *
     * @param conversationId id of the conversation
     * @return the messages, as they were last given to {@link #saveAll}; empty for an unknown id
     * @throws InvalidInputException if the id is null or no valid id of a session
     */
    @Override
    public List<Message> findByConversationId(String conversationId) {
        return memory.sessions().window(checkId(conversationId)).stream()
                .map(MessageCodec::decode)
                .toList();
    }

    /**
     * Replaces the messages of a conversation, in one write.
     *
     * @param conversationId id of the conversation
     * @param messages all messages of the conversation; may be empty
     * @throws InvalidInputException if the id is null or no valid id of a session
     * @throws dev.stele.model.LimitExceededException if a message is too long; nothing is changed then
     */
    @Override
    public void saveAll(String conversationId, List<Message> messages) {
        String session = checkId(conversationId);
        Optional<String> user = userOf.apply(session);
        List<MessageDraft> drafts = messages.stream()
                .map(message -> MessageCodec.encode(session, user, message))
                .toList();
        memory.sessions().replaceWindow(session, drafts, removal);
    }

    /**
     * Erases a conversation: the whole session with the messages that left the chat memory earlier, and what was derived
     * from them. An unknown id has no effect.
     *
     * @param conversationId id of the conversation
     * @throws InvalidInputException if the id is null or no valid id of a session
     */
    @Override
    public void deleteByConversationId(String conversationId) {
        String session = checkId(conversationId);
        if (memory.exists() && memory.sessions().get(session).isPresent()) {
            memory.sessions().delete(session);
        }
    }

    private static String checkId(@Nullable String conversationId) {
        if (conversationId == null) {
            throw new InvalidInputException("The id of the conversation is null; give each conversation an id.");
        }
        return conversationId;
    }
}
