package dev.stele.adk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.adk.JsonBaseModel;
import com.google.adk.events.Event;
import com.google.adk.events.EventActions;
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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Conversion between events of the kit and messages. The text of an event is the content of its message, which recall
 * searches. The metadata contain the rest of the event as JSON, with its changes of the session's state but those of
 * {@code temp:} values. Stateless.
 */
final class EventCodec {

    static final String EVENT = "adk_event";
    static final String AUTHOR = "adk_author";
    /** Initial state of a session. Events of earlier versions have their changes here too. */
    static final String STATE = "adk_state";
    /** Names of the values that an event of an earlier version removes. */
    static final String REMOVED = "adk_removed";
    /** Role of the content, if the content is one text and therefore not part of the event. */
    static final String TEXT_ROLE = "adk_text_role";
    /** Marks the message with which a session begins; it has the initial state. */
    static final String CREATED = "adk_created";

    /**
     * Order in which messages make up a session: first the initial state, then the events as they were appended. Times
     * do not tell it: an event has the time of its client, whose clock may differ, or an earlier time if it is replayed.
     */
    static final Comparator<Message> APPEND_ORDER = Comparator.<Message, Boolean>comparing(
                    message -> !message.metadata().containsKey(CREATED))
            .thenComparingLong(Message::number);

    /** JSON form of the mark of a removed value. */
    private static final Object REMOVED_MARK = Objects.requireNonNull(json("", State.REMOVED));

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

    static MessageDraft draft(String user, String session, Event event) {
        String storedSession = sessionId(user, session);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(AUTHOR, event.author() == null ? "" : event.author());
        Event rest = durable(event);
        if (onlyText(event).isPresent()) {
            metadata.put(TEXT_ROLE, event.content().flatMap(Content::role).orElse(""));
            rest.setContent(null);
        }
        metadata.put(EVENT, Json.read(rest.toJson()));
        Role role = "user".equals(event.author()) ? Role.USER : Role.ASSISTANT;
        String content = texts(event);
        return MessageDraft.of(storedSession, role, content.isBlank() ? placeholder(event) : content)
                .withUser(user)
                .withId(messageId(storedSession, event.id()))
                .withAt(Instant.ofEpochMilli(event.timestamp()))
                .withMetadata(metadata);
    }

    /** Returns a copy of an event without its {@code temp:} values, which the kit keeps for one invocation only. */
    private static Event durable(Event event) {
        Map<String, Object> delta = delta(event);
        boolean changed = delta.keySet().removeIf(key -> key.startsWith(State.TEMP_PREFIX));
        Event copy = event.toBuilder().build();
        copy.setTimestamp(event.timestamp()); // a builder takes 0 for the present
        copy.setActions(changed ? event.actions().toBuilder().stateDelta(delta).build() : event.actions());
        return copy;
    }

    /** Returns the changes that an event makes to the state; a new map. */
    static Map<String, Object> delta(Event event) {
        EventActions actions = event.actions();
        return actions == null || actions.stateDelta() == null
                ? new LinkedHashMap<>()
                : new LinkedHashMap<>(actions.stateDelta());
    }

    /** Returns whether a value is the mark of a removed one, or its JSON form, which events have that were read. */
    static boolean isRemoved(@Nullable Object value) {
        return State.REMOVED.equals(value) || REMOVED_MARK.equals(value);
    }

    /** Returns whether a value is one of the session itself, and not of its user, the application or an invocation. */
    static boolean isOfSession(String key) {
        return !key.startsWith(State.APP_PREFIX)
                && !key.startsWith(State.USER_PREFIX)
                && !key.startsWith(State.TEMP_PREFIX);
    }

    /** Returns the message with which a session begins. Its nonce tells two creations of a session apart. */
    static MessageDraft created(String user, String session, String nonce, Map<String, Object> state) {
        String storedSession = sessionId(user, session);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(CREATED, Map.of("session", session, "nonce", nonce));
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        state.forEach((key, value) -> {
            if (isOfSession(key) && !isRemoved(value)) {
                values.put(key, json(key, value));
            }
        });
        if (!values.isEmpty()) {
            metadata.put(STATE, values);
        }
        return MessageDraft.of(storedSession, Role.SYSTEM, "(session)")
                .withUser(user)
                .withId(messageId(storedSession, ""))
                .withMetadata(metadata);
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
        changes(message).forEach((name, value) -> {
            String key = String.valueOf(name);
            if (isRemoved(value)) {
                state.remove(key);
            } else if (value != null && isOfSession(key)) {
                state.put(key, value);
            }
        });
        if (message.metadata().get(REMOVED) instanceof List<?> removed) {
            removed.forEach(key -> state.remove(String.valueOf(key)));
        }
    }

    /** Returns the changes that a message makes to the state, by key. */
    private static Map<?, ?> changes(Message message) {
        if (message.metadata().get(STATE) instanceof Map<?, ?> values) {
            return values;
        }
        return message.metadata().get(EVENT) instanceof Map<?, ?> event
                        && event.get("actions") instanceof Map<?, ?> actions
                        && actions.get("stateDelta") instanceof Map<?, ?> delta
                ? delta
                : Map.of();
    }

    /** Returns the event of a message; empty if the message is none of an event. */
    static Optional<Event> event(Message message) {
        if (!(message.metadata().get(EVENT) instanceof Map<?, ?> json)) {
            return Optional.empty();
        }
        Event event = durable(Event.fromJson(Json.write(json))); // earlier versions stored temp: values
        if (!delta(event).isEmpty()) {
            event.actions().stateDelta().replaceAll((_, value) -> isRemoved(value) ? State.REMOVED : value);
        }
        if (message.metadata().get(TEXT_ROLE) instanceof String role) {
            event.setContent(content(message, role));
        }
        return Optional.of(event);
    }

    /** Returns whether a message is that of a draft, stored by this version or an earlier one. */
    static boolean isStored(Message message, MessageDraft draft) {
        return message.matches(draft.withMetadata(message.metadata()))
                && current(message.metadata()).equals(current(draft.metadata()));
    }

    /** Returns the metadata of an event in the form of this version. */
    private static Map<String, @Nullable Object> current(Map<String, @Nullable Object> metadata) {
        Map<String, @Nullable Object> current = new LinkedHashMap<>(metadata);
        current.remove(STATE);
        current.remove(REMOVED);
        current.computeIfPresent(
                EVENT,
                (_, json) -> Json.read(durable(Event.fromJson(Json.write(json))).toJson()));
        return current;
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
