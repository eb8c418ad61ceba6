package dev.stele.model;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stored message: one turn of a conversation. Immutable.
 *
 * @param number number of the change that created the message; unique and ascending within the agent across messages
 *     and notes
 * @param id identifier, unique within the agent
 * @param session session of the message
 * @param user person the agent talked with, if known
 * @param role role of the speaker
 * @param content text of the message
 * @param at time at which the message was said
 * @param editedAt time of the latest edit of the content, if any; earlier texts are kept as {@link MessageRevision}s
 * @param archived whether retention moved the message to the archive
 * @param metadata additional JSON values
 */
public record Message(
        long number,
        String id,
        String session,
        Optional<String> user,
        Role role,
        String content,
        Instant at,
        Optional<Instant> editedAt,
        boolean archived,
        Map<String, @Nullable Object> metadata) {

    /** Order of the messages of a session: by time, and at the same time as they were stored. */
    public static final Comparator<Message> ORDER =
            Comparator.comparing(Message::at).thenComparingLong(Message::number);

    public Message {
        metadata = Json.copyMap(metadata);
    }

    /**
     * Returns the speaker: {@code speaker} of the metadata, else the user for a message of the user, else the name of
     * the role.
     */
    public String speaker() {
        if (metadata.get("speaker") instanceof String speaker && !speaker.isBlank()) {
            return speaker;
        }
        return role == Role.USER ? user.orElse(role.label()) : role.label();
    }

    /**
     * Returns a copy with edited content.
     *
     * @param newContent new text
     * @param when time of the edit
     */
    public Message withContent(String newContent, Instant when) {
        return new Message(number, id, session, user, role, newContent, at, Optional.of(when), archived, metadata);
    }

    /** Returns an archived copy. */
    public Message asArchived() {
        return new Message(number, id, session, user, role, content, at, editedAt, true, metadata);
    }

    /**
     * Returns whether storing a draft would have created this message, apart from the number and a defaulted time.
     *
     * @param draft draft to compare with
     */
    public boolean matches(MessageDraft draft) {
        return session.equals(draft.session())
                && user.equals(draft.user())
                && role == draft.role()
                && content.equals(draft.content())
                && draft.at().map(at::equals).orElse(true)
                && metadata.equals(draft.metadata());
    }

    /** Returns the message as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("session", session)
                .put("user", user)
                .put("role", role.label())
                .put("content", content)
                .put("at", at)
                .put("edited_at", editedAt)
                .put("archived", archived ? true : null)
                .put("metadata", metadata)
                .put("number", number)
                .map();
    }
}
