package dev.stele.store.sqlite;

import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.TrigramIndex;

/** Trigram index in a contentless FTS table. */
record FtsTrigramIndex(SqlSession db) implements TrigramIndex {

    @Override
    public void add(long number, String body, String type) {
        db.update("insert into graph_text (rowid, body, type) values (?, ?, ?)", number, body, type);
    }

    @Override
    public void remove(long number) {
        db.update("delete from graph_text where rowid = ?", number);
    }

    @Override
    public void tidy() {
        db.update("insert into graph_text (graph_text) values ('optimize')");
    }

    @Override
    public String searchText() {
        return "(select rowid as number from graph_text where graph_text match ?1) t";
    }

    @Override
    public String argument(String text) {
        return '"' + text.replace("\"", "\"\"").replace("\u0000", "") + '"';
    }

    @Override
    public String all(String alias) {
        return "(select id as number from graph_text_docsize) " + alias;
    }
}
