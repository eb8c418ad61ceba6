package dev.stele.langchain4j;

import dev.langchain4j.data.message.UserMessage;
import dev.stele.AgentMemory;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Storage of completed exchanges for the listeners. Question and answer are stored in one write, both or none. Failures
 * are logged and never reach the chat, because its answer is complete without the memory. Thread-safe.
 */
final class ExchangeRecorder {

    private static final System.Logger LOG = System.getLogger(ExchangeRecorder.class.getName());

    /** Where an exchange belongs. */
    record Place(String session, Optional<String> user) {}

    /** Determines where an exchange belongs. Runs code of the application, which may fail. */
    @FunctionalInterface
    interface PlaceSource {
        Place place();
    }

    private final AgentMemory memory;

    ExchangeRecorder(AgentMemory memory) {
        this.memory = memory;
    }

    /**
     * Stores an exchange, and returns when it is durable or has failed. Nothing is stored if one of the two has no text.
     */
    void record(PlaceSource source, UserMessage question, String answer) {
        try {
            String asked = MessageCodec.text(question);
            if (asked.isBlank() || answer.isBlank()) {
                return;
            }
            Place place = source.place();
            UnaryOperator<MessageDraft> owned =
                    draft -> place.user().map(draft::withUser).orElse(draft);
            memory.remember(List.of(
                    owned.apply(MessageDraft.of(place.session(), Role.USER, asked)),
                    owned.apply(MessageDraft.assistant(place.session(), answer))));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an exchange was not remembered: {0}", e.toString());
        }
    }
}
