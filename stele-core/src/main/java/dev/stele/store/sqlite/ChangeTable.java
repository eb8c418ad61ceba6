package dev.stele.store.sqlite;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The change log. Numbers are given under the write lock, so they are without gaps and in the order of commits, and a
 * reader that has seen number n has seen all before it.
 */
final class ChangeTable {

    private final Db db;

    ChangeTable(Db db) {
        this.db = db;
    }

    long last() {
        return db.number("select max(number) from change");
    }

    /** When a change was written, in milliseconds; 0 if there is none of this number. */
    long latestTime(long number) {
        return db.number("select at from change where number = ?", number);
    }

    /** Whether this database was given up: the agent was forgotten, or restored from a backup. */
    boolean replaced() {
        return db.number("select kind from change order by number desc limit 1") == ChangeKind.AGENT_REPLACED.code();
    }

    List<Change> after(long number, int limit) {
        return db.list(
                "select number, at, kind, item, ref from change where number > ? order by number limit ?",
                ChangeTable::change,
                number,
                limit);
    }

    static Change change(ResultSet row) throws SQLException {
        return new Change(
                row.getLong(1),
                Instant.ofEpochMilli(row.getLong(2)),
                ChangeKind.of(row.getInt(3)),
                row.getLong(4),
                Optional.ofNullable(row.getString(5)));
    }

    void append(long number, Instant at, ChangeKind kind, long item, @Nullable String ref) {
        db.update(
                "insert into change (number, at, kind, item, ref) values (?, ?, ?, ?, ?)",
                number,
                at.toEpochMilli(),
                kind.code(),
                item,
                ref);
    }

    /** Takes the name of an item out of the log, leaving that something happened. */
    void anonymizeItem(long item) {
        db.update("update change set ref = null where item = ?", item);
    }

    /** Takes a name out of the log wherever it stands for no item. */
    void anonymizeName(String ref) {
        db.update("update change set ref = null where item = 0 and ref = ?", ref);
    }

    void anonymizeRef(ChangeKind kind, String ref) {
        db.update("update change set ref = null where kind = ? and ref = ?", kind.code(), ref);
    }

    void verify(Consumer<String> problem) {
        long last = last();
        long count = db.number("select count(*) from change");
        if (count != last) {
            problem.accept(
                    "the change log has %d entries and ends with number %d; it has a gap".formatted(count, last));
        }
        db.each("select number, kind from change", row -> {
            try {
                ChangeKind.of(row.getInt(2));
            } catch (RuntimeException e) {
                problem.accept("change %d: %s".formatted(row.getLong(1), e.getMessage()));
            }
        });
        db.each(
                "select number, id from message where not exists (select 1 from change where change.number = message.number and item = message.number)",
                row -> problem.accept("message %s has no entry in the change log".formatted(row.getString(2))));
    }
}
