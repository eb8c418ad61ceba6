package dev.stele.mcp;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a transport does after a message of a client is handled. */
sealed interface Outcome {

    /** The response to the message, if there is one to send. */
    default Optional<Map<String, @Nullable Object>> response() {
        return Optional.empty();
    }

    /**
     * The message is answered.
     *
     * @param message the response as a JSON-RPC message
     */
    record Answered(Map<String, @Nullable Object> message) implements Outcome {
        @Override
        public Optional<Map<String, @Nullable Object>> response() {
            return Optional.of(message);
        }
    }

    /** Nothing is sent: the message is a notification, a response or a canceled request. */
    record Silent() implements Outcome {}

    /**
     * The request stays open, and its messages go to the sink of the request until it is canceled or the session is
     * closed.
     */
    record Open() implements Outcome {}
}
