package dev.stele.postgres;

import dev.stele.store.sql.Dialect;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.TrigramIndex;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/** PostgreSQL's way: tables in a schema of their own, and text without the character U+0000, which it cannot hold. */
final class PostgresDialect extends Dialect {

    /** For tables that hold rows of many agents. */
    static final PostgresDialect SHARED = new PostgresDialect(true);
    /** For tables that belong to no agent. */
    static final PostgresDialect PLAIN = new PostgresDialect(false);

    static final String SCHEMA = "stele";

    /** Stands before a letter that says which character is meant; no text of people's has it, for it is no character. */
    private static final char ESCAPE = '\uFDD0';

    private static final String NOTHING = ESCAPE + "0";
    private static final String ITSELF = ESCAPE + "1";

    private final boolean shared;

    private PostgresDialect(boolean shared) {
        this.shared = shared;
    }

    @Override
    public boolean shared() {
        return shared;
    }

    @Override
    public String table(String name) {
        return SCHEMA + "." + name;
    }

    @Override
    public String values(String argument, boolean numbers, String alias) {
        return "(select value from unnest(%s) as v (value)) %s".formatted(argument, alias);
    }

    @Override
    public void bind(PreparedStatement statement, int place, Collection<?> values) throws SQLException {
        boolean numbers = values.stream().anyMatch(Long.class::isInstance);
        Object[] elements = values.stream()
                .map(value -> value instanceof String text ? stored(text) : value)
                .toArray();
        statement.setArray(
                place,
                statement.getConnection().createArrayOf(numbers || values.isEmpty() ? "int8" : "text", elements));
    }

    @Override
    public String stored(String text) {
        return text.indexOf('\0') < 0 && text.indexOf(ESCAPE) < 0
                ? text
                : text.replace(String.valueOf(ESCAPE), ITSELF).replace("\0", NOTHING);
    }

    @Override
    public String read(String stored) {
        return stored.indexOf(ESCAPE) < 0
                ? stored
                : stored.replace(NOTHING, "\0").replace(ITSELF, String.valueOf(ESCAPE));
    }

    @Override
    public boolean gathers() {
        return true;
    }

    @Override
    public KeywordIndex words(SqlSession db) {
        return new TsvectorKeywordIndex(db);
    }

    @Override
    public TrigramIndex pieces(SqlSession db) {
        return new PgTrigramIndex(db);
    }

    /** The texts and vectors; what a row takes beside them is not counted. */
    @Override
    public long bytes(SqlSession db) {
        return db.number("select coalesce(sum(octet_length(content)), 0) from {message}")
                + db.number("select coalesce(sum(octet_length(json)), 0) from {note}")
                + db.number("select coalesce(sum(octet_length(vector)), 0) from {embedding}");
    }

    @Override
    public int schema(SqlSession db) {
        return (int) db.number("select max(version) from stele.schema");
    }
}
