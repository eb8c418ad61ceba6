package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tables of sessions and their participants. Message counts are updated in the transaction that changes the messages.
 */
final class SessionTable {

    private static final String COLUMNS = "id, \"user\", title, started_at, last_at, ended_at, messages, number";

    private static final String OF_USER =
            "(\"user\" = ? or id in (select p.session from {participant p} where p.\"user\" = ?))";

    private final SqlSession db;
    /** Sessions to which the current transaction wrote, so that a batch reads each of them once. */
    private final Map<String, Optional<Session>> written = new HashMap<>();

    SessionTable(SqlSession db) {
        this.db = db;
    }

    /** Returns a session with its participants, in one query, because every write to a session needs both. */
    Optional<Session> byId(String id) {
        record Row(Session session, Optional<String> participant) {}
        List<Row> rows = db.list(
                "select s.id, s.\"user\", s.title, s.started_at, s.last_at, s.ended_at, s.messages, p.\"user\""
                        + " from {session s} left join {participant p} on p.session = s.id where s.id = ?",
                row -> new Row(session(row), row.optionalText(8)),
                id);
        List<String> participants =
                rows.stream().flatMap(row -> row.participant().stream()).toList();
        return rows.stream().findFirst().map(row -> row.session().withParticipants(participants));
    }

    /**
     * Returns a session for a write to it. Later calls within the transaction return the same state, until the session
     * is changed otherwise than by a message.
     */
    Optional<Session> forWrite(String id) {
        return written.computeIfAbsent(id, this::byId);
    }

    /** Forgets the sessions of {@link #forWrite} after a rollback. */
    void forgetWritten() {
        written.clear();
    }

    private List<Session> withParticipants(List<Session> sessions) {
        if (sessions.isEmpty()) {
            return sessions;
        }
        Map<String, List<String>> participants = db
                .list(
                        "select session, \"user\" from {participant} where session in (select value from {texts ?1 v})",
                        row -> Map.entry(row.text(1), row.text(2)),
                        sessions.stream().map(Session::id).toList())
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
        return sessions.stream()
                .map(session -> session.withParticipants(participants.getOrDefault(session.id(), List.of())))
                .toList();
    }

    /** Returns the ids of the rooms in which a user takes part. */
    List<String> rooms(String user) {
        return db.list("select session from {participant} where \"user\" = ?", row -> row.text(1), user);
    }

    Page<Session> page(Optional<String> user, int limit, Optional<Cursor> after) {
        record Placed(Session session, Cursor place) {}
        Cursor from = after.orElse(new Cursor(Long.MAX_VALUE, Long.MAX_VALUE));
        ConditionBuilder where = new ConditionBuilder("(last_at, number) < (?, ?)", from.key(), from.number());
        user.ifPresent(id -> where.andAll(OF_USER, id, id));
        List<Placed> rows = db.list(
                "select " + COLUMNS + " from {session}" + where + " order by last_at desc, number desc limit ?",
                row -> new Placed(session(row), new Cursor(row.number(5), row.number(8))),
                where.arguments(limit + 1));
        boolean more = rows.size() > limit;
        List<Placed> shown = more ? rows.subList(0, limit) : rows;
        return new Page<>(
                withParticipants(shown.stream().map(Placed::session).toList()),
                more ? Optional.of(shown.getLast().place().encode()) : Optional.empty());
    }

    List<Session> ofUser(String user) {
        return withParticipants(
                db.list("select " + COLUMNS + " from {session} where " + OF_USER, SessionTable::session, user, user));
    }

    long count() {
        return db.number("select count(*) from {session}");
    }

    /**
     * Counts one more message. Creates the session if the message is its first, and reopens the session if it had
     * ended.
     */
    void touch(String id, Optional<String> user, Instant at, long number) {
        long millis = at.toEpochMilli();
        written.computeIfPresent(
                id,
                (_, session) -> Optional.of(
                        session.map(existing -> existing.user().isPresent() ? existing : existing.withUser(user))
                                .orElseGet(() -> Session.started(id, user, at))));
        db.add("session", """
                insert into {into session} ({agent}id, "user", started_at, last_at, messages, number)
                values ({agent?}?1, ?2, ?3, ?3, 1, ?4)
                on conflict ({agent}id) do update set messages = session.messages + 1,
                  "user" = coalesce(session."user", excluded."user"), ended_at = null,
                  started_at = case when excluded.started_at < session.started_at then excluded.started_at else session.started_at end,
                  last_at = case when excluded.last_at > session.last_at then excluded.last_at else session.last_at end""", id, user.orElse(null), millis, number);
    }

    void discount(String id) {
        db.change("session", "messages = messages - 1", "id = ?", id);
    }

    void update(Session session) {
        db.change(
                "session",
                "title = ?, ended_at = ?, \"user\" = ?",
                "id = ?",
                session.title().orElse(null),
                session.endedAt().map(Instant::toEpochMilli).orElse(null),
                session.user().orElse(null),
                session.id());
        putParticipants(session);
    }

    private void putParticipants(Session session) {
        written.remove(session.id());
        db.delete("participant", "session = ?", session.id());
        session.participants().forEach(user -> db.insert("participant", "session, \"user\"", session.id(), user));
    }

    /** Adds a session in its exported state, without messages. */
    void insert(Session session, long number) {
        db.insert(
                "session",
                "id, \"user\", title, started_at, last_at, ended_at, number, messages",
                session.id(),
                session.user().orElse(null),
                session.title().orElse(null),
                session.startedAt().toEpochMilli(),
                session.lastAt().toEpochMilli(),
                session.endedAt().map(Instant::toEpochMilli).orElse(null),
                number,
                0);
        putParticipants(session);
    }

    void delete(String id) {
        written.remove(id);
        db.delete("participant", "session = ?", id);
        db.delete("session", "id = ?", id);
    }

    private static Session session(ResultRow row) {
        return new Session(
                row.text(1),
                row.optionalText(2),
                row.optionalText(3),
                row.time(4),
                row.time(5),
                row.optionalTime(6),
                row.number(7),
                List.of());
    }
}
