package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Role;
import dev.stele.store.IndexEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tables of live messages and their revisions. */
final class MessageTable {

    private static final String COLUMNS = "number, id, session, \"user\", role, content, at, edited_at, metadata, crc";

    private final SqlSession db;

    MessageTable(SqlSession db) {
        this.db = db;
    }

    Optional<Message> byId(String id) {
        return db.first("select " + COLUMNS + " from {message} where id = ?", MessageTable::message, id);
    }

    List<Message> byIds(Collection<String> ids) {
        return db.list(
                "select " + COLUMNS + " from {message} where id in (select value from {texts ?1 k})",
                MessageTable::message,
                ids);
    }

    Optional<Message> byNumber(long number) {
        return db.first("select " + COLUMNS + " from {message} where number = ?", MessageTable::message, number);
    }

    Map<Long, Message> byNumber(Collection<Long> numbers) {
        return db.byNumber(
                "select " + COLUMNS + " from {message} where number in (select value from {numbers ?1 n})",
                MessageTable::message,
                Message::number,
                numbers);
    }

    /** Returns the latest messages of a session before a cursor, latest first. */
    List<Message> before(String session, Cursor cursor, int limit) {
        return db.list(
                "select " + COLUMNS + " from {message} where session = ? and (at, number) < (?, ?)"
                        + " order by at desc, number desc limit ?",
                MessageTable::message,
                session,
                cursor.key(),
                cursor.number(),
                limit);
    }

    /** Returns the earliest messages of a session after a time and number, in order. */
    List<Message> after(String session, long at, long number, int limit) {
        return db.list(
                "select " + COLUMNS + " from {message} where session = ? and (at, number) > (?, ?)"
                        + " order by at, number limit ?",
                MessageTable::message,
                session,
                at,
                number,
                limit);
    }

    void each(Consumer<Message> to) {
        db.each("select " + COLUMNS + " from {message} order by number", row -> to.accept(message(row)));
    }

    /** Returns the oldest live messages but the first {@code skip}. */
    List<Message> oldest(long skip, long count) {
        return db.list(
                "select " + COLUMNS + " from {message} order by at, number limit ? offset ?",
                MessageTable::message,
                count,
                skip);
    }

    List<Message> ofUser(String user) {
        return db.list("select " + COLUMNS + " from {message} where \"user\" = ?", MessageTable::message, user);
    }

    List<Message> ofSession(String session) {
        return db.list("select " + COLUMNS + " from {message} where session = ?", MessageTable::message, session);
    }

    long count() {
        return db.number("select count(*) from {message}");
    }

    void insert(Message message, IndexEntry indexing) {
        String metadata = metadata(message);
        db.insert(
                "message",
                "number, id, session, \"user\", role, content, at, edited_at, metadata, length, traits, form, crc",
                message.number(),
                message.id(),
                message.session(),
                message.user().orElse(null),
                message.role().label(),
                message.content(),
                message.at().toEpochMilli(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                metadata,
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                checksum(message, metadata));
    }

    void update(Message message, IndexEntry indexing) {
        String metadata = metadata(message);
        db.change(
                "message",
                "content = ?, edited_at = ?, length = ?, traits = ?, form = ?, crc = ?",
                "number = ?",
                message.content(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                checksum(message, metadata),
                message.number());
    }

    void delete(long number) {
        db.delete("message", "number = ?", number);
        db.delete("message_revision", "number = ?", number);
    }

    List<MessageRevision> revisions(long number) {
        return db.list(
                "select content, replaced_at from {message_revision} where number = ? order by revision",
                row -> new MessageRevision(row.text(1), row.time(2)),
                number);
    }

    void addRevision(long number, MessageRevision revision) {
        db.insert(
                "message_revision",
                "number, revision, content, replaced_at",
                number,
                db.number("select max(revision) from {message_revision} where number = ?", number) + 1,
                revision.content(),
                revision.replacedAt().toEpochMilli());
    }

    /** Reports rows whose fields do not match their checksum. */
    void verify(Consumer<String> problem) {
        db.each("select " + COLUMNS + " from {message}", row -> {
            try {
                if (row.number(10) != checksum(message(row), row.textOrNull(9))) {
                    problem.accept("message " + Json.write(row.text(2)) + " does not agree with its checksum");
                }
            } catch (RuntimeException e) {
                problem.accept("message number " + row.number(1) + " cannot be read: " + e.getMessage());
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
                message.role().label(),
                message.content(),
                message.at().toEpochMilli(),
                message.editedAt().map(Instant::toEpochMilli).orElse(null),
                metadata);
    }

    static Message message(ResultRow row) {
        String metadata = row.textOrNull(9);
        return new Message(
                row.number(1),
                row.text(2),
                row.text(3),
                row.optionalText(4),
                Role.of(row.text(5)),
                row.text(6),
                row.time(7),
                row.optionalTime(8),
                false,
                metadata == null
                        ? java.util.Map.of()
                        : JsonObject.of("metadata", Json.read(metadata)).raw());
    }
}
