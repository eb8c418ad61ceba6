package dev.stele.model;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Session: one conversation of an agent. The first message starts a session; a message after its end reopens it.
 * Immutable.
 *
 * <p>A session belongs to its first user. A session that several users share is a <em>room</em>: its participants are
 * declared, and each of them may see all of its messages.
 *
 * @param id identifier, unique within the agent
 * @param user first user seen in the session, if any
 * @param title title for display, if any
 * @param startedAt time of the earliest message
 * @param lastAt time of the latest message
 * @param endedAt time at which the session was ended; empty if it is open
 * @param messages number of messages, including archived ones
 * @param participants ids of the users who share the session, sorted; empty unless the session is a room
 */
public record Session(
        String id,
        Optional<String> user,
        Optional<String> title,
        Instant startedAt,
        Instant lastAt,
        Optional<Instant> endedAt,
        long messages,
        List<String> participants) {

    public Session {
        id = Ids.normal(id);
        user = user.map(Ids::normal);
        participants = participants.stream()
                .map(participant -> Ids.check("participant", participant))
                .distinct()
                .sorted()
                .toList();
        title.ifPresent(text -> Ids.checkText("title of a session", text));
    }

    /**
     * Creates a session without messages.
     *
     * @param id identifier
     * @param user owner; empty for a session without one
     * @param at time of its start
     */
    public static Session started(String id, Optional<String> user, Instant at) {
        return new Session(id, user, Optional.empty(), at, at, Optional.empty(), 0, List.of());
    }

    /** Returns a copy with another owner; empty for none. */
    public Session withUser(Optional<String> owner) {
        return new Session(id, owner, title, startedAt, lastAt, endedAt, messages, participants);
    }

    /** Returns whether several users share the session. */
    public boolean isRoom() {
        return !participants.isEmpty();
    }

    /** Returns whether a user may write to the session: its owner, its participants, and anybody if it has neither. */
    public boolean admits(String other) {
        return isRoom() ? participants.contains(other) : user.map(other::equals).orElse(true);
    }

    /** Returns a copy without a user, as owner and as participant. */
    public Session withoutUser(String other) {
        return new Session(
                id,
                user.filter(owner -> !owner.equals(other)),
                title,
                startedAt,
                lastAt,
                endedAt,
                messages,
                participants.stream()
                        .filter(participant -> !participant.equals(other))
                        .toList());
    }

    /** Returns a copy with other participants; none if the session is no room. */
    public Session withParticipants(Collection<String> users) {
        return new Session(id, user, title, startedAt, lastAt, endedAt, messages, List.copyOf(users));
    }

    /** Returns a copy with another title; empty for none. */
    public Session withTitle(Optional<String> newTitle) {
        return new Session(id, user, newTitle, startedAt, lastAt, endedAt, messages, participants);
    }

    /** Returns a copy that ended at a time; empty for an open session. */
    public Session withEnd(Optional<Instant> end) {
        return new Session(id, user, title, startedAt, lastAt, end, messages, participants);
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
                .put("participants", isRoom() ? participants : null)
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
                json.optionalLong("messages").orElse(0L),
                json.strings("participants"));
    }
}
