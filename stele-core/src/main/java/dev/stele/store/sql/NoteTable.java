package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.store.IndexEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Table of notes: each row contains the whole note as JSON and the columns by which listings filter. */
final class NoteTable {

    private final SqlSession db;

    NoteTable(SqlSession db) {
        this.db = db;
    }

    Optional<Note> byId(String id) {
        return db.first("select number, json from {note} where id = ?", NoteTable::note, id);
    }

    Optional<Note> byNumber(long number) {
        return db.first("select number, json from {note} where number = ?", NoteTable::note, number);
    }

    Page<Note> page(NoteFilter filter, int limit, Optional<Cursor> after) {
        var where = new ConditionBuilder("number < ?", after.map(Cursor::number).orElse(Long.MAX_VALUE))
                .and("category = ?", filter.category())
                .and("\"user\" = ?", filter.user())
                .and("session = ?", filter.session())
                .and("importance >= ?", filter.minImportance())
                .and("pinned = ?", filter.pinned())
                // The condition selects notes that may have the tag; the tag is checked when the note is read.
                .and("json like ? escape '!'", filter.tag().map(NoteTable::holding))
                .and("json like ? escape '!'", filter.source().map(NoteTable::holding));
        if (filter.withoutUser()) {
            where.and("\"user\" is null");
        }
        if (!filter.superseded()) {
            where.and("superseded_by is null");
        }
        var rows = new ArrayList<Note>();
        db.scan(
                "select number, json from {note}" + where + " order by number desc",
                row -> {
                    Note note = note(row);
                    boolean tagged =
                            filter.tag().map(note.body().tags()::contains).orElse(true);
                    boolean ofSource = filter.source()
                            .map(source -> source.equals(note.body().metadata().get("source")))
                            .orElse(true);
                    if (tagged && ofSource) {
                        rows.add(note);
                    }
                    return rows.size() <= limit;
                },
                where.arguments());
        return Page.of(rows, limit, row -> row.number());
    }

    private static String holding(String tag) {
        return ConditionBuilder.containing(Json.write(tag));
    }

    Map<Long, Note> byNumber(Collection<Long> numbers) {
        return db.byNumber(
                "select number, json from {note} where number in (select value from {numbers ?1 n})",
                NoteTable::note,
                Note::number,
                numbers);
    }

    void each(Consumer<Note> to) {
        db.each("select number, json from {note} order by number", row -> to.accept(note(row)));
    }

    void each(String idPrefix, Predicate<Note> to) {
        int last = idPrefix.length() - 1;
        String end = idPrefix.substring(0, last) + (char) (idPrefix.charAt(last) + 1);
        db.scan(
                "select number, json from {note} where id >= ? and id < ? order by id",
                row -> to.test(note(row)),
                idPrefix,
                end);
    }

    List<Note> ofUser(String user) {
        return db.list("select number, json from {note} where \"user\" = ?", NoteTable::note, user);
    }

    List<Note> supersededBy(Collection<String> ids) {
        return db.list(
                "select number, json from {note} where superseded_by in (select value from {texts ?1 v})",
                NoteTable::note,
                ids);
    }

    List<Note> ofSession(String session) {
        return db.list("select number, json from {note} where session = ?", NoteTable::note, session);
    }

    /** Replaces the earlier versions of a note. */
    void putHistory(long number, List<Note> history) {
        db.delete("note_history", "number = ?", number);
        history.forEach(earlier -> addHistory(number, earlier));
    }

    long count() {
        return db.number("select count(*) from {note}");
    }

    void put(Note note, IndexEntry indexing) {
        String json = Json.write(note.toJson());
        db.put(
                "note",
                1,
                "number, id, version, category, \"user\", session, importance, pinned, superseded_by, created_at, json, length, traits, form, crc",
                note.number(),
                note.id(),
                note.version(),
                note.category(),
                note.body().user().orElse(null),
                note.body().session().orElse(null),
                note.body().importance(),
                note.body().pinned(),
                note.supersededBy().orElse(null),
                note.createdAt().toEpochMilli(),
                json,
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                Checksum.of(note.number(), note.id(), json));
    }

    /**
     * Replaces a note by a later version and leaves its index terms unchanged.
     *
     * @throws IllegalArgumentException if the two versions are indexed differently
     */
    void revise(Note before, Note after) {
        if (!after.isFoundAs(before)) {
            throw new IllegalArgumentException("note " + before.id() + " is found by other words now");
        }
        String json = Json.write(after.toJson());
        db.change(
                "note",
                "id = ?, version = ?, session = ?, importance = ?, pinned = ?, superseded_by = ?, json = ?, crc = ?",
                "number = ?",
                after.id(),
                after.version(),
                after.body().session().orElse(null),
                after.body().importance(),
                after.body().pinned(),
                after.supersededBy().orElse(null),
                json,
                Checksum.of(after.number(), after.id(), json),
                after.number());
    }

    void delete(long number) {
        db.delete("note", "number = ?", number);
        db.delete("note_history", "number = ?", number);
        db.delete("note_use", "number = ?", number);
    }

    List<Note> history(long number) {
        return db.list(
                "select number, json from {note_history} where number = ? order by version", NoteTable::note, number);
    }

    void addHistory(long number, Note earlier) {
        db.insert("note_history", "number, version, json", number, earlier.version(), Json.write(earlier.toJson()));
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, json, crc from {note}", row -> {
            if (row.number(4) != Checksum.of(row.number(1), row.text(2), row.text(3))) {
                problem.accept("note " + Json.write(row.text(2)) + " does not agree with its checksum");
            }
        });
    }

    static Note note(ResultRow row) {
        return Note.fromJson(row.number(1), Json.readObject("note", row.text(2)));
    }
}
