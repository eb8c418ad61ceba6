package dev.stele.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Draft of an interaction: an event between an agent and a user that the agent can reflect on. Immutable.
 *
 * @param id caller-defined identifier, unique among the interactions of the agent; empty to generate one
 * @param type {@code chat}, {@code elaboration}, {@code lesson_completion}, {@code quiz_result}, {@code feedback},
 *     {@code rating}, {@code assessment} or any word of lower-case letters, digits, {@code -} and {@code _}
 * @param user user of the interaction, whom the resulting notes are about; empty for none
 * @param session session of the interaction, if any
 * @param messages ids of the messages that belong to the interaction, in their order
 * @param data additional JSON values
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
        id = id.map(given -> Ids.check("interaction id", given));
        if (!TYPE.matcher(type).matches()) {
            throw new InvalidInputException(
                    "The type " + Json.write(type)
                            + " is none; use a word of up to 64 lower-case letters, digits, '-' and '_', such as chat or quiz_result.");
        }
        user = user.map(given -> Ids.check("user", given));
        session = session.map(given -> Ids.check("session", given));
        messages = List.copyOf(messages);
        messages = messages.stream()
                .map(message -> Ids.check("message id", message))
                .toList();
        data = Json.copyMap(data);
    }

    /**
     * Creates a draft.
     *
     * @param type type of the interaction
     * @param user user of the interaction
     * @param messages ids of the messages that belong to the interaction
     */
    public static InteractionDraft of(String type, String user, String... messages) {
        return new InteractionDraft(
                Optional.empty(), type, Optional.of(user), Optional.empty(), List.of(messages), Map.of());
    }

    /** Returns a copy with a caller-defined id. */
    public InteractionDraft withId(String newId) {
        return new InteractionDraft(Optional.of(newId), type, user, session, messages, data);
    }

    /** Returns a copy with a session. */
    public InteractionDraft withSession(String newSession) {
        return new InteractionDraft(id, type, user, Optional.of(newSession), messages, data);
    }

    /** Returns a copy with other messages. */
    public InteractionDraft withMessages(List<String> ids) {
        return new InteractionDraft(id, type, user, session, ids, data);
    }

    /** Returns a copy with other data. */
    public InteractionDraft withData(Map<String, ? extends @Nullable Object> values) {
        return new InteractionDraft(id, type, user, session, messages, Json.copyMap(values));
    }

    /** Names of the JSON fields. */
    public static final List<String> FIELDS = List.of("id", "type", "user", "session", "messages", "data");

    /**
     * Parses a draft; only {@code type} is required.
     *
     * @throws InvalidInputException if a field is missing or invalid
     */
    public static InteractionDraft fromJson(JsonObject json) {
        return new InteractionDraft(
                json.optionalString("id"),
                json.string("type"),
                json.optionalString("user"),
                json.optionalString("session"),
                json.strings("messages"),
                json.map("data"));
    }

    /** Returns the draft as JSON fields. */
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
