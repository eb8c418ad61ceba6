package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One conversation of an agent. It starts with its first message; a message after its end opens it again. Immutable.
 *
 * @param id its identifier, unique within the agent
 * @param user the person first seen in it, if any
 * @param title a name for people, if given
 * @param startedAt the time of its earliest message
 * @param lastAt the time of its latest message
 * @param endedAt when it was ended, if it was and nothing followed
 * @param messages how many messages it holds, archived ones included
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

    /** This session with another title, or none. */
    public Session withTitle(Optional<String> newTitle) {
        return new Session(id, user, newTitle, startedAt, lastAt, endedAt, messages);
    }

    /** This session ended at a time, or open again. */
    public Session withEnd(Optional<Instant> end) {
        return new Session(id, user, title, startedAt, lastAt, end, messages);
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("user", user)
                .put("title", title)
                .put("startedAt", startedAt)
                .put("lastAt", lastAt)
                .put("endedAt", endedAt)
                .put("messages", messages)
                .map();
    }

    public static Session fromJson(JsonObject json) {
        return new Session(
                Ids.check("session", json.string("id")),
                json.optionalString("user"),
                json.optionalString("title"),
                json.instant("startedAt"),
                json.instant("lastAt"),
                json.optionalInstant("endedAt"),
                json.optionalLong("messages").orElse(0L));
    }
}
