package dev.stele.store.sqlite;

import dev.stele.model.Cursor;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Rows of sessions. Their counts follow the messages in the same transaction. */
final class SessionTable {

    private static final String COLUMNS = "id, user, title, started_at, last_at, ended_at, messages, number";

    private final Db db;

    SessionTable(Db db) {
        this.db = db;
    }

    Optional<Session> byId(String id) {
        return db.first("select " + COLUMNS + " from session where id = ?", SessionTable::session, id);
    }

    Page<Session> page(Optional<String> user, int limit, Optional<Cursor> after) {
        record Placed(Session session, Cursor place) {}
        Cursor from = after.orElse(new Cursor(Long.MAX_VALUE, Long.MAX_VALUE));
        List<Placed> rows = db.list(
                "select " + COLUMNS + " from session where (last_at, number) < (?1, ?2) and (?3 is null or user = ?3)"
                        + " order by last_at desc, number desc limit ?4",
                row -> new Placed(session(row), new Cursor(row.getLong(5), row.getLong(8))),
                from.key(),
                from.number(),
                user.orElse(null),
                limit + 1);
        boolean more = rows.size() > limit;
        List<Placed> shown = more ? rows.subList(0, limit) : rows;
        return new Page<>(
                shown.stream().map(Placed::session).toList(),
                more ? Optional.of(shown.getLast().place().encode()) : Optional.empty());
    }

    List<Session> ofUser(String user) {
        return db.list("select " + COLUMNS + " from session where user = ?", SessionTable::session, user);
    }

    long count() {
        return db.number("select count(*) from session");
    }

    /** Counts one message more, starting the session when it is the first and opening it again when it was ended. */
    void touch(String id, Optional<String> user, Instant at, long number) {
        long millis = at.toEpochMilli();
        db.update(
                "insert into session (id, user, started_at, last_at, messages, number) values (?1, ?2, ?3, ?3, 1, ?4)"
                        + " on conflict (id) do update set messages = messages + 1, user = coalesce(user, ?2), ended_at = null,"
                        + " started_at = min(started_at, ?3), last_at = max(last_at, ?3)",
                id,
                user.orElse(null),
                millis,
                number);
    }

    void discount(String id) {
        db.update("update session set messages = messages - 1 where id = ?", id);
    }

    void update(Session session) {
        db.update(
                "update session set title = ?, ended_at = ?, user = ? where id = ?",
                session.title().orElse(null),
                session.endedAt().map(Instant::toEpochMilli).orElse(null),
                session.user().orElse(null),
                session.id());
    }

    /** Adds a session as it was, without messages yet. */
    void insert(Session session, long number) {
        db.update(
                "insert into session (id, user, title, started_at, last_at, ended_at, messages, number) values (?, ?, ?, ?, ?, ?, 0, ?)",
                session.id(),
                session.user().orElse(null),
                session.title().orElse(null),
                session.startedAt().toEpochMilli(),
                session.lastAt().toEpochMilli(),
                session.endedAt().map(Instant::toEpochMilli).orElse(null),
                number);
    }

    void delete(String id) {
        db.update("delete from session where id = ?", id);
    }

    private static Session session(ResultSet row) throws SQLException {
        return new Session(
                row.getString(1),
                Optional.ofNullable(row.getString(2)),
                Optional.ofNullable(row.getString(3)),
                Instant.ofEpochMilli(row.getLong(4)),
                Instant.ofEpochMilli(row.getLong(5)),
                MessageTable.time(row, 6),
                row.getLong(7));
    }
}
