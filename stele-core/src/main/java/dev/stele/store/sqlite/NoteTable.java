package dev.stele.store.sqlite;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.store.Indexing;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Rows of notes: the whole note as JSON, with the fields beside it that listings filter by. */
final class NoteTable {

    private final Db db;

    NoteTable(Db db) {
        this.db = db;
    }

    Optional<Note> byId(String id) {
        return db.first("select number, json from note where id = ?", NoteTable::note, id);
    }

    Optional<Note> byNumber(long number) {
        return db.first("select number, json from note where number = ?", NoteTable::note, number);
    }

    Page<Note> page(NoteFilter filter, int limit, Optional<Cursor> after) {
        List<Note> rows = db.list(
                "select number, json from note where number < ?1"
                        + " and (?2 is null or category = ?2) and (?3 is null or user = ?3)"
                        + " and (?4 is null or session = ?4) and (?5 is null or importance >= ?5)"
                        + " and (?6 is null or pinned = ?6) and (?7 or superseded_by is null)"
                        + " and (?8 is null or exists (select 1 from json_each(note.json, '$.tags') t where t.value = ?8))"
                        + " order by number desc limit ?9",
                NoteTable::note,
                after.map(Cursor::number).orElse(Long.MAX_VALUE),
                filter.category().orElse(null),
                filter.user().orElse(null),
                filter.session().orElse(null),
                filter.minImportance().orElse(null),
                filter.pinned().orElse(null),
                filter.superseded(),
                filter.tag().orElse(null),
                limit + 1);
        return Page.of(rows, limit, row -> row.number());
    }

    void each(Consumer<Note> to) {
        db.each("select number, json from note order by number", row -> to.accept(note(row)));
    }

    long count() {
        return db.number("select count(*) from note");
    }

    void put(Note note, Indexing indexing) {
        String json = Json.write(note.toJson());
        db.update(
                "insert or replace into note (number, id, version, category, user, session, importance, pinned,"
                        + " superseded_by, created_at, json, length, traits, crc) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                Checksum.of(note.number(), note.id(), json));
    }

    void delete(long number) {
        db.update("delete from note where number = ?", number);
        db.update("delete from note_history where number = ?", number);
        db.update("delete from note_use where number = ?", number);
    }

    List<Note> history(long number) {
        return db.list(
                "select number, json from note_history where number = ? order by version", NoteTable::note, number);
    }

    void addHistory(long number, Note earlier) {
        db.update(
                "insert into note_history (number, version, json) values (?, ?, ?)",
                number,
                earlier.version(),
                Json.write(earlier.toJson()));
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, json, crc from note", row -> {
            if (row.getLong(4) != Checksum.of(row.getLong(1), row.getString(2), row.getString(3))) {
                problem.accept("note " + Json.write(row.getString(2)) + " does not agree with its checksum");
            }
        });
    }

    private static Note note(ResultSet row) throws SQLException {
        return Note.fromJson(row.getLong(1), Json.readObject("note", row.getString(2)));
    }
}
