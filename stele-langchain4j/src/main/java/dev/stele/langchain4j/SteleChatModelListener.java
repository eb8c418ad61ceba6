package dev.stele.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.stele.AgentMemory;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Listener of a chat model that remembers each exchange: the last message of the user in the request, and the answer. For
 * programs that call a model directly; {@link SteleAiServiceListener} knows the conversation of an AI service by itself.
 * Immutable and thread-safe.
 *
 * <p>Calls of tools are not stored: the exchange is complete with the answer that follows their results. A failure of the
 * memory is logged and does not reach the chat. The listener blocks until the exchange is durable.
 */
public final class SteleChatModelListener implements ChatModelListener {

    private final ExchangeRecorder recorder;
    private final Function<ChatRequest, String> sessionOf;
    private final Function<ChatRequest, Optional<String>> userOf;

    /**
     * Creates a listener whose exchanges belong to no user.
     *
     * @param memory memory of the agent that chats
     * @param sessionOf returns the id of the session of a request; runs in the thread that calls the model, or in the one
     *     that receives the end of a stream
     */
    public SteleChatModelListener(AgentMemory memory, Function<ChatRequest, String> sessionOf) {
        this(
                new ExchangeRecorder(Objects.requireNonNull(memory, "memory is null")),
                Objects.requireNonNull(sessionOf, "sessionOf is null"),
                _ -> Optional.empty());
    }

    private SteleChatModelListener(
            ExchangeRecorder recorder,
            Function<ChatRequest, String> sessionOf,
            Function<ChatRequest, Optional<String>> userOf) {
        this.recorder = recorder;
        this.sessionOf = sessionOf;
        this.userOf = userOf;
    }

    /**
     * Returns a listener over the same memory whose exchanges belong to users.
     *
     * @param newUserOf returns the id of the user of a request; empty for none
     */
    public SteleChatModelListener withUsers(Function<ChatRequest, Optional<String>> newUserOf) {
        return new SteleChatModelListener(recorder, sessionOf, Objects.requireNonNull(newUserOf, "userOf is null"));
    }

    @Override
    public void onResponse(ChatModelResponseContext context) {
        AiMessage answer = context.chatResponse().aiMessage();
        if (answer.hasToolExecutionRequests()) {
            return;
        }
        ChatRequest request = context.chatRequest();
        lastOfUser(request.messages())
                .ifPresent(question -> recorder.record(
                        () -> new ExchangeRecorder.Place(sessionOf.apply(request), userOf.apply(request)),
                        question,
                        answer.text() == null ? "" : answer.text()));
    }

    private static Optional<UserMessage> lastOfUser(List<ChatMessage> messages) {
        return messages.reversed().stream()
                .filter(UserMessage.class::isInstance)
                .map(UserMessage.class::cast)
                .findFirst();
    }
}
