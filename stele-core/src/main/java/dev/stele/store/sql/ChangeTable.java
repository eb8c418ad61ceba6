package dev.stele.store.sql;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Table of the change log. Numbers are assigned under the write lock. They therefore have no gaps and follow the order
 * of commits, and a reader that has seen change n has seen all earlier changes.
 */
final class ChangeTable {

    /** Codes of the change kinds that erase an item. */
    private static final List<Long> FORGETTING = Arrays.stream(ChangeKind.values())
            .filter(ChangeKind::forgetsItem)
            .map(kind -> (long) kind.code())
            .toList();

    private final SqlSession db;

    ChangeTable(SqlSession db) {
        this.db = db;
    }

    long last() {
        return db.number("select max(number) from {change}");
    }

    /** Returns the time of a change in milliseconds; 0 if there is no change of this number. */
    long timeOf(long number) {
        return db.number("select at from {change} where number = ?", number);
    }

    /** Returns whether the agent was deleted or restored from a backup, which its last change says. */
    boolean replaced() {
        return db.first("select kind from {change} order by number desc limit 1", row -> row.number(1))
                .filter(kind -> kind == ChangeKind.AGENT_REPLACED.code())
                .isPresent();
    }

    List<Change> after(long number, int limit) {
        return db.list(
                "select number, at, kind, item, ref from {change} where number > ? order by number limit ?",
                ChangeTable::change,
                number,
                limit);
    }

    boolean forgotAfter(long number) {
        return db.any(
                "select 1 from {change} where number > ?1 and kind in (select value from {numbers ?2 k}) limit 1",
                number,
                FORGETTING);
    }

    static Change change(ResultRow row) {
        return new Change(
                row.number(1), row.time(2), ChangeKind.of(row.integer(3)), row.number(4), row.optionalText(5));
    }

    void append(long number, Instant at, ChangeKind kind, long item, @Nullable String ref) {
        db.insert("change", "number, at, kind, item, ref", number, at.toEpochMilli(), kind.code(), item, ref);
    }

    /**
     * Removes ids from the log; the entries remain.
     *
     * @param items numbers of items whose ids are removed
     * @param names ids that are removed from the entries that concern no item
     */
    void anonymize(Collection<Long> items, Collection<String> names) {
        if (!items.isEmpty()) {
            db.change("change", "ref = null", "item in (select value from {numbers ?1 k})", items);
        }
        if (!names.isEmpty()) {
            db.change("change", "ref = null", "item = 0 and ref in (select value from {texts ?1 k})", names);
        }
    }

    void verify(Consumer<String> problem) {
        long last = last();
        long count = db.number("select count(*) from {change}");
        if (last == 0) {
            problem.accept("the change log is empty, though it begins with the creation of the agent");
        }
        if (count != last) {
            problem.accept(
                    "the change log has %d entries and ends with number %d; it has a gap".formatted(count, last));
        }
        db.each("select number, kind from {change}", row -> {
            try {
                ChangeKind.of(row.integer(2));
            } catch (RuntimeException e) {
                problem.accept("change %d: %s".formatted(row.number(1), e.getMessage()));
            }
        });
        db.each(
                "select number, id from {message m} where not exists (select 1 from {change c} where c.number = m.number and c.item = m.number)",
                row -> problem.accept("message %s has no entry in the change log".formatted(row.text(2))));
    }
}
