package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message to be remembered. Immutable.
 *
 * @param id the caller's identifier, unique within the agent, or empty to have one made; remembering the same draft
 *     again under the same id is one message, a different one is a conflict
 * @param session the conversation it belongs to, which starts with its first message
 * @param user the person the agent talks with, if any
 * @param role who spoke
 * @param content what was said; not blank
 * @param at when it was said, to the millisecond, or empty for now
 * @param metadata anything more, as JSON values; {@code speaker} (text) names who spoke where the role does not
 */
public record MessageDraft(
        Optional<String> id,
        String session,
        Optional<String> user,
        Role role,
        String content,
        Optional<Instant> at,
        Map<String, @Nullable Object> metadata) {

    public static final String DEFAULT_SESSION = "default";

    public MessageDraft {
        id.ifPresent(given -> Ids.check("message id", given));
        Ids.check("session", session);
        user.ifPresent(given -> Ids.check("user", given));
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a message is blank; give it text.");
        }
        Ids.checkText("content of a message", content);
        at = at.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        metadata = Json.copyMap(metadata);
    }

    /** What a user said in a session, now. */
    public static MessageDraft user(String session, String user, String content) {
        return of(session, Role.USER, content).withUser(user);
    }

    /** What the agent answered in a session, now. */
    public static MessageDraft assistant(String session, String content) {
        return of(session, Role.ASSISTANT, content);
    }

    public static MessageDraft of(String session, Role role, String content) {
        return new MessageDraft(Optional.empty(), session, Optional.empty(), role, content, Optional.empty(), Map.of());
    }

    public MessageDraft withId(String newId) {
        return new MessageDraft(Optional.of(newId), session, user, role, content, at, metadata);
    }

    public MessageDraft withUser(String newUser) {
        return new MessageDraft(id, session, Optional.of(newUser), role, content, at, metadata);
    }

    public MessageDraft withAt(Instant time) {
        return new MessageDraft(id, session, user, role, content, Optional.of(time), metadata);
    }

    public MessageDraft withMetadata(Map<String, @Nullable Object> values) {
        return new MessageDraft(id, session, user, role, content, at, values);
    }

    /** Reads the form that REST, import and export share; session and role may be absent ({@code default}, {@code user}). */
    public static MessageDraft fromJson(JsonObject json) {
        return new MessageDraft(
                json.optionalString("id"),
                json.optionalString("session").orElse(DEFAULT_SESSION),
                json.optionalString("user"),
                json.optionalString("role").map(Role::of).orElse(Role.USER),
                json.string("content"),
                json.optionalInstant("at"),
                json.map("metadata"));
    }
}
