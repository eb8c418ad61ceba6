package dev.stele.langchain4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.observability.api.event.AiServiceCompletedEvent;
import dev.langchain4j.observability.api.event.AiServiceErrorEvent;
import dev.langchain4j.observability.api.event.AiServiceEvent;
import dev.langchain4j.observability.api.event.AiServiceResponseReceivedEvent;
import dev.langchain4j.observability.api.event.AiServiceStartedEvent;
import dev.langchain4j.observability.api.listener.AiServiceListener;
import dev.stele.AgentMemory;
import dev.stele.model.MessageDraft;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of an AI service that remember each completed exchange: the message of the user without the contents that
 * retrieval adds, and the answer. The answer is the result of the call if that is a {@code String}, otherwise the last text
 * of the model. The id of the session is the memory id of the call. Thread-safe; one object may serve several AI services.
 *
 * <pre>{@code
 * AiServices.builder(Assistant.class)
 *         .chatModel(model)
 *         .registerListeners(new SteleAiServiceListener(memory).listeners())
 *         .build();
 * }</pre>
 *
 * <p>For AI services without a {@link SteleChatMemoryStore}, which stores the messages itself. Calls that fail and calls
 * of tools are not stored. A failure of the memory is logged and does not reach the chat. The answer is returned when the
 * exchange is durable.
 */
public final class SteleAiServiceListener {

    /**
     * Maximum number of calls whose end is awaited. The oldest one is given up first: the end of a stream that was never
     * started is not told.
     */
    private static final int MAX_OPEN_CALLS = 10_000;

    private final ExchangeRecorder recorder;
    private final Function<InvocationContext, Optional<String>> userOf;

    /** Calls that have not ended, by their id, the oldest first. Guarded by itself. */
    private final LinkedHashMap<UUID, Call> calls = new LinkedHashMap<>();

    /**
     * A call that has not ended.
     *
     * @param answer text of the newest response of the model; empty before the first one
     */
    private record Call(UserMessage question, String answer) {}

    /**
     * Creates listeners whose exchanges belong to no user.
     *
     * @param memory memory of the agent that chats
     */
    public SteleAiServiceListener(AgentMemory memory) {
        this(new ExchangeRecorder(Objects.requireNonNull(memory, "memory is null")), _ -> Optional.empty());
    }

    private SteleAiServiceListener(ExchangeRecorder recorder, Function<InvocationContext, Optional<String>> userOf) {
        this.recorder = recorder;
        this.userOf = userOf;
    }

    /**
     * Returns listeners over the same memory whose exchanges belong to users.
     *
     * @param newUserOf returns the id of the user of a call, for example from its memory id or its invocation parameters;
     *     empty for none
     */
    public SteleAiServiceListener withUsers(Function<InvocationContext, Optional<String>> newUserOf) {
        return new SteleAiServiceListener(recorder, Objects.requireNonNull(newUserOf, "userOf is null"));
    }

    /**
     * Returns the listeners to register. Register all of them with the same AI service.
     *
     * @return one listener for each kind of event that an exchange is made of
     */
    public List<AiServiceListener<?>> listeners() {
        return List.of(
                new Listener<>(AiServiceStartedEvent.class, this::started),
                new Listener<>(AiServiceResponseReceivedEvent.class, this::responded),
                new Listener<>(AiServiceCompletedEvent.class, this::completed),
                new Listener<>(AiServiceErrorEvent.class, event -> end(event.invocationContext())));
    }

    /** LangChain4j has one listener for each kind of event. */
    private record Listener<T extends AiServiceEvent>(Class<T> getEventClass, Consumer<T> consumer)
            implements AiServiceListener<T> {
        @Override
        public void onEvent(T event) {
            consumer.accept(event);
        }
    }

    private void started(AiServiceStartedEvent event) {
        synchronized (calls) {
            calls.put(event.invocationContext().invocationId(), new Call(event.userMessage(), ""));
            if (calls.size() > MAX_OPEN_CALLS) {
                calls.pollFirstEntry();
            }
        }
    }

    private void responded(AiServiceResponseReceivedEvent event) {
        String text = text(event.response());
        synchronized (calls) {
            calls.computeIfPresent(
                    event.invocationContext().invocationId(), (_, call) -> new Call(call.question(), text));
        }
    }

    private void completed(AiServiceCompletedEvent event) {
        InvocationContext context = event.invocationContext();
        Call call = end(context);
        if (call != null) {
            // A guardrail may have changed what the model said. Results of other types are made from its text.
            String answer = event.result().orElse("") instanceof String text && !text.isBlank() ? text : call.answer();
            recorder.record(() -> place(context), call.question(), answer);
        }
    }

    private @Nullable Call end(InvocationContext context) {
        synchronized (calls) {
            return calls.remove(context.invocationId());
        }
    }

    private ExchangeRecorder.Place place(InvocationContext context) {
        Optional<String> user = userOf.apply(context);
        Object memoryId = context.chatMemoryId();
        return new ExchangeRecorder.Place(
                memoryId == null ? MessageDraft.defaultSession(user) : memoryId.toString(), user);
    }

    private static String text(ChatResponse response) {
        String text = response.aiMessage().text();
        return text == null || response.aiMessage().hasToolExecutionRequests() ? "" : text;
    }
}
