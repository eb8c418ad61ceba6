package dev.stele.store.sqlite;

import dev.stele.store.IndexEntry;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import java.util.List;

/** Keyword index in a contentless FTS table. */
record FtsKeywordIndex(SqlSession db) implements KeywordIndex {

    @Override
    public void add(long item, IndexEntry indexing) {
        db.update(
                "insert into keyword (rowid, body, context) values (?, ?, ?)",
                item,
                indexing.body(),
                indexing.context());
    }

    @Override
    public void remove(long item) {
        db.update("delete from keyword where rowid = ?", item);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The query returns the numbers as one text, because a call across the JNI boundary costs more than parsing.
     */
    @Override
    public long[] postings(String term, long after) {
        String text = db.first(
                        "select coalesce(group_concat(doc, ','), '') from keyword_posting where term = ? and doc > ?",
                        row -> row.text(1),
                        term,
                        after)
                .orElse("");
        if (text.isEmpty()) {
            return new long[0];
        }
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ',') {
                count++;
            }
        }
        var items = new long[count];
        int next = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ',') {
                next++;
            } else {
                items[next] = items[next] * 10 + (c - '0');
            }
        }
        return items;
    }

    @Override
    public long[] phrase(List<String> terms) {
        return db
                .list(
                        "select rowid from keyword where keyword match ? order by rowid",
                        row -> row.number(1),
                        '"' + String.join(" ", terms) + '"')
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    @Override
    public String items(String alias) {
        return "(select id as number from keyword_docsize) " + alias;
    }

    @Override
    public void tidy() {
        db.update("insert into keyword (keyword) values ('optimize')");
    }
}
