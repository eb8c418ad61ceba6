package dev.stele.store.sqlite;

import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import dev.stele.store.DocumentView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Reads of documents and their passages, inside one transaction. */
class DocumentTables implements DocumentView {

    private static final String PASSAGES =
            "select p.number, p.id, p.document, p.position, d.json, d.collection, p.heading, p.content, p.hash, p.at, p.crc"
                    + " from passage p join document d on d.number = p.document";

    final Db db;

    DocumentTables(Db db) {
        this.db = db;
    }

    @Override
    public Optional<Document> document(String collection, String id) {
        return db.first(
                "select number, json from document where collection = ? and id = ?",
                DocumentTables::document,
                collection,
                id);
    }

    @Override
    public Optional<Document> ofHash(String collection, String hash) {
        return db.first(
                "select number, json from document where collection = ? and hash = ?",
                DocumentTables::document,
                collection,
                hash);
    }

    @Override
    public Page<Document> documents(Optional<String> collection, int limit, Optional<Cursor> after) {
        List<Document> rows = db.list(
                "select number, json from document where number < ?1 and (?2 is null or collection = ?2)"
                        + " order by number desc limit ?3",
                DocumentTables::document,
                after.map(Cursor::number).orElse(Long.MAX_VALUE),
                collection.orElse(null),
                limit + 1);
        return Page.of(rows, limit, row -> row.number());
    }

    @Override
    public Map<String, Long> collections() {
        var found = new LinkedHashMap<String, Long>();
        db.each(
                "select collection, count(*) from document group by collection order by collection",
                row -> found.put(row.getString(1), row.getLong(2)));
        return found;
    }

    @Override
    public List<Passage> passages(long document) {
        return db.list(PASSAGES + " where p.document = ? order by p.position", DocumentTables::passage, document);
    }

    @Override
    public Map<Long, Passage> passagesByNumber(Collection<Long> numbers) {
        var found = new HashMap<Long, Passage>();
        for (long number : numbers) {
            db.first(PASSAGES + " where p.number = ?", DocumentTables::passage, number)
                    .ifPresent(passage -> found.put(number, passage));
        }
        return found;
    }

    @Override
    public Set<String> known(String collection, Collection<String> hashes, long butOf) {
        var known = new HashSet<String>();
        for (String hash : hashes) {
            boolean there = db.number(
                            "select count(*) from passage p join document d on d.number = p.document"
                                    + " where p.hash = ? and d.collection = ? and d.number <> ?",
                            hash,
                            collection,
                            butOf)
                    > 0;
            if (there) {
                known.add(hash);
            }
        }
        return known;
    }

    @Override
    public long passageCount() {
        return db.number("select count(*) from passage");
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, json, crc from document", row -> {
            if (row.getLong(4) != Checksum.of(row.getLong(1), row.getString(2), row.getString(3))) {
                problem.accept("document " + Json.write(row.getString(2)) + " does not agree with its checksum");
            }
        });
        db.each("select number, id, content, crc from passage", row -> {
            if (row.getLong(4) != Checksum.of(row.getLong(1), row.getString(2), row.getString(3))) {
                problem.accept("passage " + Json.write(row.getString(2)) + " does not agree with its checksum");
            }
        });
        db.each(
                "select id from passage p where not exists (select 1 from document d where d.number = p.document)",
                row -> problem.accept("passage " + Json.write(row.getString(1)) + " has no document"));
    }

    private static Document document(ResultSet row) throws SQLException {
        return Document.fromJson(row.getLong(1), Json.readObject("document", row.getString(2)));
    }

    private static Passage passage(ResultSet row) throws SQLException {
        return new Passage(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getInt(4),
                Json.readObject("document", row.getString(5))
                        .optionalString("title")
                        .orElse(""),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                Instant.ofEpochMilli(row.getLong(10)));
    }
}
