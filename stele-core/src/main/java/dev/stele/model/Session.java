package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Session: one conversation of an agent. The first message starts a session; a message after its end reopens it.
 * Immutable.
 *
 * @param id identifier, unique within the agent
 * @param user first user seen in the session, if any
 * @param title title for display, if any
 * @param startedAt time of the earliest message
 * @param lastAt time of the latest message
 * @param endedAt time at which the session was ended; empty if it is open
 * @param messages number of messages, including archived ones
 */
public record Session(
        String id,
        Optional<String> user,
        Optional<String> title,
        Instant startedAt,
        Instant lastAt,
        Optional<Instant> endedAt,
        long messages) {

    public Session {
        title.ifPresent(text -> Ids.checkText("title of a session", text));
    }

    /** Returns a copy without user. */
    public Session withoutUser() {
        return new Session(id, Optional.empty(), title, startedAt, lastAt, endedAt, messages);
    }

    /** Returns a copy with another title; empty for none. */
    public Session withTitle(Optional<String> newTitle) {
        return new Session(id, user, newTitle, startedAt, lastAt, endedAt, messages);
    }

    /** Returns a copy that ended at a time; empty for an open session. */
    public Session withEnd(Optional<Instant> end) {
        return new Session(id, user, title, startedAt, lastAt, end, messages);
    }

    /** Returns the session as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("user", user)
                .put("title", title)
                .put("started_at", startedAt)
                .put("last_at", lastAt)
                .put("ended_at", endedAt)
                .put("messages", messages)
                .map();
    }

    /** Parses the result of {@link #toJson()}. */
    public static Session fromJson(JsonObject json) {
        return new Session(
                Ids.check("session", json.string("id")),
                json.optionalString("user"),
                json.optionalString("title"),
                json.instant("started_at"),
                json.instant("last_at"),
                json.optionalInstant("ended_at"),
                json.optionalLong("messages").orElse(0L));
    }
}
