package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import dev.stele.store.DocumentView;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Read access to documents and their passages, inside one transaction. */
class DocumentTables implements DocumentView {

    private static final String PASSAGES =
            "select p.number, p.id, p.document, p.position, d.json, d.collection, p.heading, p.content, p.hash, p.at, p.crc"
                    + " from {passage p} join {document d} on d.number = p.document";

    final SqlSession db;

    DocumentTables(SqlSession db) {
        this.db = db;
    }

    @Override
    public Optional<Document> document(String collection, String id) {
        return db.first(
                "select number, json from {document} where collection = ? and id = ?",
                DocumentTables::document,
                collection,
                id);
    }

    @Override
    public Optional<Document> ofHash(String collection, String hash) {
        return db.first(
                "select number, json from {document} where collection = ? and hash = ?",
                DocumentTables::document,
                collection,
                hash);
    }

    @Override
    public Page<Document> documents(Optional<String> collection, int limit, Optional<Cursor> after) {
        var where = new ConditionBuilder("number < ?", after.map(Cursor::number).orElse(Long.MAX_VALUE))
                .and("collection = ?", collection);
        if (collection.isEmpty()) {
            where.andAll("hash <> ?", "");
        }
        return page(where, limit);
    }

    @Override
    public Page<Document> internal(int limit, Optional<Cursor> after) {
        return page(
                new ConditionBuilder("number < ?", after.map(Cursor::number).orElse(Long.MAX_VALUE))
                        .andAll("hash = ?", ""),
                limit);
    }

    private Page<Document> page(ConditionBuilder where, int limit) {
        List<Document> rows = db.list(
                "select number, json from {document}" + where + " order by number desc limit ?",
                DocumentTables::document,
                where.arguments(limit + 1));
        return Page.of(rows, limit, row -> row.number());
    }

    @Override
    public List<Document> addedAfter(String collection, long after, int limit) {
        return db.list(
                "select number, json from {document} where collection = ? and number > ? order by number limit ?",
                DocumentTables::document,
                collection,
                after,
                limit);
    }

    @Override
    public Set<Long> numbers(String collection) {
        return new HashSet<>(
                db.list("select number from {document} where collection = ?", row -> row.number(1), collection));
    }

    @Override
    public Extent extent(String collection) {
        return db.first(
                        "select count(*), coalesce(max(number), 0) from {document} where collection = ?",
                        row -> new Extent(row.number(1), row.number(2)),
                        collection)
                .orElseThrow();
    }

    @Override
    public Map<String, Long> collections() {
        var found = new LinkedHashMap<String, Long>();
        db.each(
                "select collection, count(*) from {document} where hash <> '' group by collection order by collection",
                row -> found.put(row.text(1), row.number(2)));
        return found;
    }

    @Override
    public List<Passage> passages(long document) {
        return db.list(PASSAGES + " where p.document = ? order by p.position", DocumentTables::passage, document);
    }

    @Override
    public Map<Long, Passage> passagesByNumber(Collection<Long> numbers) {
        return db.byNumber(
                PASSAGES + " where p.number in (select value from {numbers ?1 n})",
                DocumentTables::passage,
                Passage::number,
                numbers);
    }

    @Override
    public long passageCount() {
        return db.number("select count(*) from {passage}");
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, json, crc from {document}", row -> {
            if (row.number(4) != Checksum.of(row.number(1), row.text(2), row.text(3))) {
                problem.accept("document " + Json.write(row.text(2)) + " does not agree with its checksum");
            }
        });
        db.each("select number, id, content, crc from {passage}", row -> {
            if (row.number(4) != Checksum.of(row.number(1), row.text(2), row.text(3))) {
                problem.accept("passage " + Json.write(row.text(2)) + " does not agree with its checksum");
            }
        });
        db.each(
                "select id from {passage p} where not exists (select 1 from {document d} where d.number = p.document)",
                row -> problem.accept("passage " + Json.write(row.text(1)) + " has no document"));
    }

    static Document document(ResultRow row) {
        return Document.fromJson(row.number(1), Json.readObject("document", row.text(2)));
    }

    private static Passage passage(ResultRow row) {
        return new Passage(
                row.number(1),
                row.text(2),
                row.number(3),
                row.integer(4),
                Json.readObject("document", row.text(5)).optionalString("title").orElse(""),
                row.text(6),
                row.text(7),
                row.text(8),
                row.text(9),
                row.time(10));
    }
}
