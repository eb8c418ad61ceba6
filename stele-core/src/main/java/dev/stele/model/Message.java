package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One remembered turn of a conversation. Immutable.
 *
 * @param number the change that created it: unique and rising within the agent, across messages and notes
 * @param id its identifier, unique within the agent
 * @param session the conversation it belongs to
 * @param user the person the agent talked with, if known
 * @param role who spoke
 * @param content what was said
 * @param at when it was said
 * @param editedAt when the content was last edited, if ever; earlier texts are kept as {@link MessageRevision}s
 * @param archived whether retention moved it to the archive
 * @param metadata anything more, as JSON values
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

    public Message {
        metadata = Json.copyMap(metadata);
    }

    /** Who spoke: metadata's {@code speaker}, else the user for a user's message, else the role's word. */
    public String speaker() {
        if (metadata.get("speaker") instanceof String speaker && !speaker.isBlank()) {
            return speaker;
        }
        return role == Role.USER ? user.orElse(role.word()) : role.word();
    }

    public Message withContent(String newContent, Instant when) {
        return new Message(number, id, session, user, role, newContent, at, Optional.of(when), archived, metadata);
    }

    public Message asArchived() {
        return new Message(number, id, session, user, role, content, at, editedAt, true, metadata);
    }

    /** Whether this message is what remembering {@code draft} would have made, apart from number and defaulted time. */
    public boolean matches(MessageDraft draft) {
        return session.equals(draft.session())
                && user.equals(draft.user())
                && role == draft.role()
                && content.equals(draft.content())
                && draft.at().map(at::equals).orElse(true)
                && metadata.equals(draft.metadata());
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("session", session)
                .put("user", user)
                .put("role", role.word())
                .put("content", content)
                .put("at", at)
                .put("editedAt", editedAt)
                .put("archived", archived ? true : null)
                .put("metadata", metadata)
                .put("number", number)
                .map();
    }
}
