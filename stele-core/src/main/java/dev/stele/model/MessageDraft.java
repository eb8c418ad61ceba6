package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a message. Immutable.
 *
 * @param id caller-defined identifier, unique within the agent; empty to generate one. Storing the same draft again
 *     under the same id has no effect; a different draft under the id is a conflict
 * @param session session of the message; the first message starts a session
 * @param user person the agent talks with, if any
 * @param role role of the speaker
 * @param content text of the message, not blank
 * @param at time at which the message was said, truncated to milliseconds; empty for the current time
 * @param metadata additional JSON values; {@code speaker} (text) names the speaker if the role does not identify one
 * @param sources ids of the messages, notes and other items that the text was made from, such as what a reply answers
 *     and quotes; erasing one of them erases what the message says because of it. Unknown ids are ignored
 */
public record MessageDraft(
        Optional<String> id,
        String session,
        Optional<String> user,
        Role role,
        String content,
        Optional<Instant> at,
        Map<String, @Nullable Object> metadata,
        List<String> sources) {

    /** Session of messages that name neither a session nor a user. */
    public static final String DEFAULT_SESSION = "default";

    public MessageDraft {
        id = id.map(given -> Ids.check("message id", given));
        session = Ids.check("session", session);
        user = user.map(given -> Ids.check("user", given));
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a message is blank; give it text.");
        }
        Ids.checkText("content of a message", content);
        at = at.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        metadata = Json.copyMap(metadata);
        sources = List.copyOf(sources);
        sources = sources.stream()
                .map(source -> Ids.check("source of a message", source))
                .toList();
    }

    /**
     * Creates a draft of a message from a user, at the current time.
     *
     * @param session session of the message
     * @param user user who speaks
     * @param content text of the message, not blank
     */
    public static MessageDraft user(String session, String user, String content) {
        return of(session, Role.USER, content).withUser(user);
    }

    /**
     * Creates a draft of a reply of the agent, at the current time.
     *
     * @param session session of the message
     * @param content text of the reply, not blank
     */
    public static MessageDraft assistant(String session, String content) {
        return of(session, Role.ASSISTANT, content);
    }

    /**
     * Creates a draft of a reply of the agent to a user, at the current time.
     *
     * @param session session of the message
     * @param user user whom the agent talks with
     * @param content text of the reply, not blank
     */
    public static MessageDraft assistant(String session, String user, String content) {
        return assistant(session, content).withUser(user);
    }

    /**
     * Creates a draft of a message without user, at the current time.
     *
     * @param session session of the message
     * @param role role of the speaker
     * @param content text of the message, not blank
     */
    public static MessageDraft of(String session, Role role, String content) {
        return new MessageDraft(
                Optional.empty(), session, Optional.empty(), role, content, Optional.empty(), Map.of(), List.of());
    }

    /** Returns a copy with a caller-defined id. */
    public MessageDraft withId(String newId) {
        return new MessageDraft(Optional.of(newId), session, user, role, content, at, metadata, sources);
    }

    /** Returns a copy with another session. */
    public MessageDraft withSession(String newSession) {
        return new MessageDraft(id, newSession, user, role, content, at, metadata, sources);
    }

    /** Returns a copy with a user. */
    public MessageDraft withUser(String newUser) {
        return new MessageDraft(id, session, Optional.of(newUser), role, content, at, metadata, sources);
    }

    /** Returns a copy with a time. */
    public MessageDraft withAt(Instant time) {
        return new MessageDraft(id, session, user, role, content, Optional.of(time), metadata, sources);
    }

    /** Returns a copy with other metadata. */
    public MessageDraft withMetadata(Map<String, @Nullable Object> values) {
        return new MessageDraft(id, session, user, role, content, at, values, sources);
    }

    /** Returns a copy with other sources. */
    public MessageDraft withSources(List<String> ids) {
        return new MessageDraft(id, session, user, role, content, at, metadata, ids);
    }

    /**
     * Returns the session of messages that name none: one for each user, so that users do not share it.
     *
     * @param user user of the message; empty for none
     */
    public static String defaultSession(Optional<String> user) {
        return user.map(id -> Ids.derived(DEFAULT_SESSION + "-", id)).orElse(DEFAULT_SESSION);
    }

    /**
     * Parses messages that are stored together. A message that names neither a session nor a user belongs to the
     * session of the message before it, because it may be the answer to that message.
     *
     * @throws InvalidInputException if a field is missing or invalid
     */
    public static List<MessageDraft> listFromJson(List<JsonObject> messages) {
        var drafts = new ArrayList<MessageDraft>();
        for (JsonObject json : messages) {
            MessageDraft draft = fromJson(json);
            boolean named = json.raw("session") != null || json.raw("user") != null;
            drafts.add(
                    named || drafts.isEmpty()
                            ? draft
                            : draft.withSession(drafts.getLast().session()));
        }
        return drafts;
    }

    /**
     * Parses the format that REST, import and export share. The session defaults to {@link #defaultSession} and the
     * role to {@code user}.
     *
     * @throws InvalidInputException if a field is missing or invalid
     */
    public static MessageDraft fromJson(JsonObject json) {
        return new MessageDraft(
                json.optionalString("id"),
                json.optionalString("session").orElseGet(() -> defaultSession(json.optionalString("user"))),
                json.optionalString("user"),
                json.optionalString("role").map(Role::of).orElse(Role.USER),
                json.string("content"),
                json.optionalInstant("at"),
                json.map("metadata"),
                json.strings("sources"));
    }

    /** Returns the draft as JSON fields without absent values, as {@link #fromJson} parses it. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("session", session)
                .put("user", user)
                .put("role", role.label())
                .put("content", content)
                .put("at", at)
                .put("metadata", metadata)
                .put("sources", sources)
                .map();
    }
}
