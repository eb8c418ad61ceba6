package dev.stele.adk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.adk.JsonBaseModel;
import com.google.adk.events.Event;
import com.google.adk.sessions.State;
import com.google.genai.types.Content;
import com.google.genai.types.Part;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.model.Sha256;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Conversion between events of the kit and messages. The text of an event is the content of its message, which recall
 * searches. The metadata contain the rest of the event as JSON, and its changes of the session's state. Stateless.
 */
final class EventCodec {

    static final String EVENT = "adk_event";
    static final String AUTHOR = "adk_author";
    static final String STATE = "adk_state";
    static final String REMOVED = "adk_removed";
    /** Role of the content, if the content is one text and therefore not part of the event. */
    static final String TEXT_ROLE = "adk_text_role";
    /** Marks the message with which a session begins; it has the initial state. */
    static final String CREATED = "adk_created";

    private EventCodec() {}

    /** Returns the id of a session of the memory; the ids of the kit are unique for one user only. */
    static String sessionId(String user, String session) {
        String id = escaped(user) + "/" + escaped(session);
        return id.length() <= 200 ? id : Sha256.hex(id);
    }

    private static String escaped(String part) {
        return part.replace("%", "%25").replace("/", "%2F");
    }

    /** Returns the id of the message of an event; ids of events are unique within a session only. */
    static String messageId(String session, String event) {
        return Sha256.hex(session + "\n" + event).substring(0, 32);
    }

    static MessageDraft draft(String user, String session, Event event, Map<String, Object> delta) {
        String storedSession = sessionId(user, session);
        Optional<Part> text = onlyText(event);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(AUTHOR, event.author() == null ? "" : event.author());
        Event rest = event;
        if (text.isPresent()) {
            metadata.put(TEXT_ROLE, event.content().flatMap(Content::role).orElse(""));
            rest = Event.fromJson(event.toJson());
            rest.setContent(null);
        }
        metadata.put(EVENT, Json.read(rest.toJson()));
        putState(metadata, delta);
        Role role = "user".equals(event.author()) ? Role.USER : Role.ASSISTANT;
        String content = texts(event);
        return MessageDraft.of(storedSession, role, content.isBlank() ? placeholder(event) : content)
                .withUser(user)
                .withId(messageId(storedSession, event.id()))
                .withAt(Instant.ofEpochMilli(event.timestamp()))
                .withMetadata(metadata);
    }

    /** Returns the message with which a session begins. Its nonce tells two creations of a session apart. */
    static MessageDraft created(String user, String session, String nonce, Map<String, Object> state) {
        String storedSession = sessionId(user, session);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(CREATED, Map.of("session", session, "nonce", nonce));
        putState(metadata, state);
        return MessageDraft.of(storedSession, Role.SYSTEM, "(session)")
                .withUser(user)
                .withId(messageId(storedSession, ""))
                .withMetadata(metadata);
    }

    private static void putState(Map<String, @Nullable Object> metadata, Map<String, Object> delta) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        delta.forEach((key, value) -> {
            if (!State.REMOVED.equals(value)) {
                values.put(key, json(key, value));
            }
        });
        List<String> removed = delta.entrySet().stream()
                .filter(entry -> State.REMOVED.equals(entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        if (!values.isEmpty()) {
            metadata.put(STATE, values);
        }
        if (!removed.isEmpty()) {
            metadata.put(REMOVED, removed);
        }
    }

    /** Returns a value of a state as a JSON value. */
    static @Nullable Object json(String key, Object value) {
        try {
            return Json.read(JsonBaseModel.getMapper().writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new InvalidInputException("The value of " + Json.write(key)
                    + " in the state cannot be stored: it has no JSON form. Use text, numbers, lists and maps.");
        }
    }

    /** Applies the changes of a message to the state of its session. */
    static void apply(Message message, Map<String, Object> state) {
        if (message.metadata().get(STATE) instanceof Map<?, ?> values) {
            values.forEach((key, value) -> {
                if (value != null) {
                    state.put(String.valueOf(key), value);
                }
            });
        }
        if (message.metadata().get(REMOVED) instanceof List<?> removed) {
            removed.forEach(key -> state.remove(String.valueOf(key)));
        }
    }

    /** Returns the event of a message; empty if the message is none of an event. */
    static Optional<Event> event(Message message) {
        if (!(message.metadata().get(EVENT) instanceof Map<?, ?> json)) {
            return Optional.empty();
        }
        Event event = Event.fromJson(Json.write(json));
        if (message.metadata().get(TEXT_ROLE) instanceof String role) {
            event.setContent(content(message, role));
        }
        return Optional.of(event);
    }

    /** Returns the content of a message as the kit has it. */
    static Content content(Message message, String role) {
        Content.Builder content = Content.builder().parts(List.of(Part.fromText(message.content())));
        return (role.isEmpty() ? content : content.role(role)).build();
    }

    /** Returns the part of an event whose content is one text and nothing else. */
    private static Optional<Part> onlyText(Event event) {
        return event.content()
                .flatMap(Content::parts)
                .filter(parts -> parts.size() == 1)
                .map(List::getFirst)
                .filter(part -> part.equals(
                        Part.fromText(part.text().orElse("")))) // a thought, for instance, is more than its text
                .filter(part -> !part.text().orElse("").isBlank());
    }

    private static String texts(Event event) {
        return event.content().flatMap(Content::parts).orElse(List.of()).stream()
                .flatMap(part -> part.text().stream())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }

    /** Returns the content of an event without text, such as a call of a tool. */
    private static String placeholder(Event event) {
        List<String> names = event.functionCalls().stream()
                .flatMap(call -> call.name().stream())
                .toList();
        return names.isEmpty() ? "(event)" : "(called " + String.join(", ", names) + ")";
    }

    /** Returns whether the text of a message is that of its event. */
    static boolean hasText(Message message) {
        return !message.metadata().containsKey(CREATED)
                && (message.metadata().containsKey(TEXT_ROLE)
                        || event(message).map(event -> !texts(event).isBlank()).orElse(true));
    }
}
