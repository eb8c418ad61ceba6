package dev.stele.postgres;

import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.TrigramIndex;
import java.util.Locale;

/**
 * Substring search over texts in lower case, with an index of the extension {@code pg_trgm} where the server has it.
 */
record PgTrigramIndex(SqlSession db) implements TrigramIndex {

    @Override
    public void add(long number, String body, String type) {
        db.put("graph_text", 1, "number, body", number, lowerCase(body + "\n" + type));
    }

    @Override
    public void remove(long number) {
        db.delete("graph_text", "number = ?", number);
    }

    @Override
    public void tidy() {} // VACUUM removes deleted rows

    @Override
    public String searchText() {
        return "(select number from {graph_text} where body like ?1 escape '!') t";
    }

    @Override
    public String argument(String text) {
        return "%" + lowerCase(text).replaceAll("[!%_]", "!$0") + "%";
    }

    @Override
    public String all(String alias) {
        return "{graph_text " + alias + "}";
    }

    private static String lowerCase(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
