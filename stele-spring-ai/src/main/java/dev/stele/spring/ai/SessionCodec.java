package dev.stele.spring.ai;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageWindow;
import dev.stele.model.Sha256;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.session.Session;
import org.springframework.ai.session.SessionEvent;

/**
 * Conversion of sessions to properties of windows, and of events to messages. An event is stored as its message is, see
 * {@link MessageCodec}, with what the event adds to the message in the metadata. Stateless.
 */
final class SessionCodec {

    /** Field of the metadata with what an event adds to its message. */
    private static final String EVENT = "spring_ai_event";

    /** Property by which windows of sessions are told from others. */
    private static final String CREATED_AT = "spring_ai_created_at";

    private static final String EXPIRES_AT = "expires_at";
    private static final String METADATA = "metadata";

    private SessionCodec() {}

    static Map<String, @Nullable Object> properties(Session session) {
        return Json.fields()
                .put(CREATED_AT, session.createdAt())
                .put(EXPIRES_AT, session.expiresAt())
                .put(METADATA, Values.toJson(session.metadata()))
                .map();
    }

    /** Returns the session of a window; empty if the window was opened by something else. */
    @SuppressWarnings("NullAway") // null is the time of a session that does not expire
    static Optional<Session> session(MessageWindow window) {
        JsonObject properties = JsonObject.of("session", window.properties());
        return properties
                .optionalInstant(CREATED_AT)
                .flatMap(createdAt -> window.user()
                        .map(user -> Session.builder()
                                .id(window.session())
                                .userId(user)
                                .createdAt(createdAt)
                                .expiresAt(
                                        properties.optionalInstant(EXPIRES_AT).orElse(null))
                                .metadata(Values.fromJson(properties.map(METADATA)))
                                .build()));
    }

    /** Returns the id of the message of an event; ids of events are unique within a session only. */
    static String messageId(String session, String event) {
        return Sha256.hex(session + "\n" + event).substring(0, 32);
    }

    static MessageDraft draft(String session, Optional<String> user, SessionEvent event) {
        MessageDraft draft = MessageCodec.encode(session, user, event.getMessage());
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>(draft.metadata());
        metadata.put(
                EVENT,
                Json.fields()
                        .put("id", event.getId())
                        .put("at", event.getTimestamp())
                        .put("branch", event.getBranch())
                        .put(METADATA, event.getMetadata().isEmpty() ? null : Values.toJson(event.getMetadata()))
                        .map());
        return draft.withId(messageId(session, event.getId()))
                .withAt(event.getTimestamp())
                .withMetadata(metadata);
    }

    /** Returns the event of a message; empty if the message was not stored as one. */
    static Optional<SessionEvent> event(Message message, boolean archived) {
        if (!message.metadata().containsKey(EVENT)) {
            return Optional.empty();
        }
        JsonObject event = JsonObject.of(EVENT, message.metadata().get(EVENT));
        return Optional.of(SessionEvent.builder()
                .id(event.string("id"))
                .sessionId(message.session())
                .timestamp(event.instant("at"))
                .message(MessageCodec.decode(message))
                .metadata(Values.fromJson(event.map(METADATA)))
                .branch(event.optionalString("branch").orElse(null))
                .archived(archived)
                .build());
    }
}
