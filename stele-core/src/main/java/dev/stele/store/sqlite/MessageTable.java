package dev.stele.store.sqlite;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Role;
import dev.stele.store.Indexing;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Rows of live messages and of the texts they had. */
final class MessageTable {

    private static final String COLUMNS = "number, id, session, user, role, content, at, edited_at, metadata, crc";

    private final Db db;

    MessageTable(Db db) {
        this.db = db;
    }

    Optional<Message> byId(String id) {
        return db.first("select " + COLUMNS + " from message where id = ?", MessageTable::message, id);
    }

    Optional<Message> byNumber(long number) {
        return db.first("select " + COLUMNS + " from message where number = ?", MessageTable::message, number);
    }

    /** The latest of a session before a cursor, latest first. */
    List<Message> before(String session, Cursor cursor, int limit) {
        return db.list(
                "select " + COLUMNS + " from message where session = ? and (at, number) < (?, ?)"
                        + " order by at desc, number desc limit ?",
                MessageTable::message,
                session,
                cursor.key(),
                cursor.number(),
                limit);
    }

    void each(Consumer<Message> to) {
        db.each("select " + COLUMNS + " from message order by number", row -> to.accept(message(row)));
    }

    /** The oldest live messages. */
    List<Message> oldest(long count) {
        return db.list("select " + COLUMNS + " from message order by at, number limit ?", MessageTable::message, count);
    }

    List<Message> ofUser(String user) {
        return db.list("select " + COLUMNS + " from message where user = ?", MessageTable::message, user);
    }

    List<Message> ofSession(String session) {
        return db.list("select " + COLUMNS + " from message where session = ?", MessageTable::message, session);
    }

    long count() {
        return db.number("select count(*) from message");
    }

    void insert(Message message, Indexing indexing) {
        String metadata = metadata(message);
        db.update(
                "insert into message (number, id, session, user, role, content, at, edited_at, metadata, length, traits, crc)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                message.number(),
                message.id(),
                message.session(),
                message.user().orElse(null),
                message.role().word(),
                message.content(),
                message.at().toEpochMilli(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                metadata,
                indexing.length(),
                indexing.traits(),
                checksum(message, metadata));
    }

    void update(Message message, Indexing indexing) {
        String metadata = metadata(message);
        db.update(
                "update message set content = ?, edited_at = ?, length = ?, traits = ?, crc = ? where number = ?",
                message.content(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                indexing.length(),
                indexing.traits(),
                checksum(message, metadata),
                message.number());
    }

    void delete(long number) {
        db.update("delete from message where number = ?", number);
        db.update("delete from message_revision where number = ?", number);
    }

    List<MessageRevision> revisions(long number) {
        return db.list(
                "select content, replaced_at from message_revision where number = ? order by revision",
                row -> new MessageRevision(row.getString(1), Instant.ofEpochMilli(row.getLong(2))),
                number);
    }

    void addRevision(long number, MessageRevision revision) {
        db.update(
                "insert into message_revision (number, revision, content, replaced_at)"
                        + " select ?1, coalesce(max(revision), 0) + 1, ?2, ?3 from message_revision where number = ?1",
                number,
                revision.content(),
                revision.replacedAt().toEpochMilli());
    }

    /** Numbers of rows whose fields do not agree with their checksum. */
    void verify(Consumer<String> problem) {
        db.each("select " + COLUMNS + " from message", row -> {
            try {
                if (row.getLong(10) != checksum(message(row), row.getString(9))) {
                    problem.accept("message " + Json.write(row.getString(2)) + " does not agree with its checksum");
                }
            } catch (RuntimeException e) {
                problem.accept("message number " + row.getLong(1) + " cannot be read: " + e.getMessage());
            }
        });
    }

    private static @Nullable String metadata(Message message) {
        return message.metadata().isEmpty() ? null : Json.write(message.metadata());
    }

    private static long checksum(Message message, @Nullable String metadata) {
        return Checksum.of(
                message.number(),
                message.id(),
                message.session(),
                message.user().orElse(null),
                message.role().word(),
                message.content(),
                message.at().toEpochMilli(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                metadata);
    }

    static Message message(ResultSet row) throws SQLException {
        String metadata = row.getString(9);
        return new Message(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                Optional.ofNullable(row.getString(4)),
                Role.of(row.getString(5)),
                row.getString(6),
                Instant.ofEpochMilli(row.getLong(7)),
                time(row, 8),
                false,
                metadata == null
                        ? java.util.Map.of()
                        : JsonObject.of("metadata", Json.read(metadata)).raw());
    }

    static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
