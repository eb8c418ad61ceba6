package dev.stele.postgres;

import dev.stele.store.sql.Dialect;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.TrigramIndex;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/**
 * SQL dialect of PostgreSQL. The tables are in the schema {@value #SCHEMA}. Text is stored with the character U+0000
 * escaped, because PostgreSQL cannot store it. Immutable.
 */
final class PostgresDialect extends Dialect {

    /** Dialect for tables that hold rows of many agents. */
    static final PostgresDialect SHARED = new PostgresDialect(true);
    /** Dialect for tables that belong to no agent. */
    static final PostgresDialect PLAIN = new PostgresDialect(false);

    static final String SCHEMA = "stele";

    /** Escape character: a noncharacter of Unicode, which ordinary text does not contain. */
    private static final char ESCAPE = '\uFDD0';
    /** Escape sequence for U+0000. */
    private static final String ESCAPED_NULL = ESCAPE + "0";
    /** Escape sequence for {@link #ESCAPE} itself. */
    private static final String ESCAPED_ESCAPE = ESCAPE + "1";

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
        // An empty list does not tell what its elements would be.
        return "(select value from unnest(%s::%s[]) as v (value)) %s"
                .formatted(argument, numbers ? "int8" : "text", alias);
    }

    @Override
    public void bind(PreparedStatement statement, int parameterIndex, Collection<?> values) throws SQLException {
        boolean numbers = values.stream().anyMatch(Long.class::isInstance);
        Object[] elements = values.stream()
                .map(value -> value instanceof String text ? stored(text) : value)
                .toArray();
        statement.setArray(
                parameterIndex, statement.getConnection().createArrayOf(numbers ? "int8" : "text", elements));
    }

    @Override
    public String stored(String text) {
        return text.indexOf('\0') < 0 && text.indexOf(ESCAPE) < 0
                ? text
                : text.replace(String.valueOf(ESCAPE), ESCAPED_ESCAPE).replace("\0", ESCAPED_NULL);
    }

    @Override
    public String read(String stored) {
        return stored.indexOf(ESCAPE) < 0
                ? stored
                : stored.replace(ESCAPED_NULL, "\0").replace(ESCAPED_ESCAPE, String.valueOf(ESCAPE));
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

    /**
     * {@inheritDoc}
     *
     * <p>The row of a mark that exists already is locked: a worker that removes the mark waits for the commit, and then
     * finds the interaction.
     */
    @Override
    public void markDue(SqlSession db) {
        db.add(
                "due",
                "insert into {into due} (agent) values (?) on conflict (agent) do update set agent = excluded.agent where false",
                db.agent());
    }

    /** Returns the size of texts and vectors in bytes, without the overhead of rows and indexes. */
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
