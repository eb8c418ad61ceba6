package dev.stele.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened between an agent and a user, from which the agent may learn. Immutable.
 *
 * @param id the caller's identifier, unique among the agent's interactions, or empty to have one made
 * @param type {@code chat}, {@code elaboration}, {@code lesson_completion}, {@code quiz_result}, {@code feedback}, {@code rating},
 *     {@code assessment} or any word of lower-case letters, digits, {@code -} and {@code _}
 * @param user with whom; what is learnt is about them. Empty for nobody in particular
 * @param session the conversation it belongs to, if any
 * @param messages ids of the messages it is about, in their order
 * @param data what else is known of it, as JSON values
 */
public record InteractionDraft(
        Optional<String> id,
        String type,
        Optional<String> user,
        Optional<String> session,
        List<String> messages,
        Map<String, @Nullable Object> data) {

    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

    public InteractionDraft {
        id.ifPresent(given -> Ids.check("interaction id", given));
        if (!TYPE.matcher(type).matches()) {
            throw new InvalidInputException(
                    "The type " + Json.write(type)
                            + " is none; use a word of up to 64 lower-case letters, digits, '-' and '_', such as chat or quiz_result.");
        }
        user.ifPresent(given -> Ids.check("user", given));
        session.ifPresent(given -> Ids.check("session", given));
        messages = List.copyOf(messages);
        messages.forEach(message -> Ids.check("message id", message));
        data = Json.copyMap(data);
    }

    /** An interaction of this type with a user, about these messages. */
    public static InteractionDraft of(String type, String user, String... messages) {
        return new InteractionDraft(
                Optional.empty(), type, Optional.of(user), Optional.empty(), List.of(messages), Map.of());
    }

    public InteractionDraft withId(String newId) {
        return new InteractionDraft(Optional.of(newId), type, user, session, messages, data);
    }

    public InteractionDraft withSession(String newSession) {
        return new InteractionDraft(id, type, user, Optional.of(newSession), messages, data);
    }

    public InteractionDraft withMessages(List<String> ids) {
        return new InteractionDraft(id, type, user, session, ids, data);
    }

    public InteractionDraft withData(Map<String, ? extends @Nullable Object> values) {
        return new InteractionDraft(id, type, user, session, messages, Json.copyMap(values));
    }

    /** The fields an interaction takes in JSON. */
    public static final List<String> FIELDS = List.of("id", "type", "user", "session", "messages", "data");

    /** Reads {@link #FIELDS}; only {@code type} must be there. */
    public static InteractionDraft fromJson(JsonObject json) {
        return new InteractionDraft(
                json.optionalString("id"),
                json.string("type"),
                json.optionalString("user"),
                json.optionalString("session"),
                json.strings("messages"),
                json.map("data"));
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("type", type)
                .put("user", user)
                .put("session", session)
                .put("messages", messages)
                .put("data", data)
                .map();
    }
}
