package dev.stele.store.sql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a database does in its own way; all else of the tables is common to the stores. Thread-safe: what it remembers are the
 * statements it was asked for, of which there are as many as the code has.
 */
public abstract class Dialect {

    private final Map<String, SqlTemplate> known = new ConcurrentHashMap<>();

    /** The statement that a template stands for here, see {@link SqlTemplate}. */
    final SqlTemplate sql(String template) {
        return known.computeIfAbsent(template, text -> SqlTemplate.of(text, this));
    }

    /** Whether a table holds rows of many agents; its column {@code agent} then says whose a row is, and leads every key. */
    public abstract boolean shared();

    /** The name of a table in a statement. */
    public abstract String table(String name);

    /**
     * A list of values as rows with one column {@code value}.
     *
     * @param argument the place of the list in the statement
     * @param numbers whether they are numbers, not texts
     */
    public abstract String values(String argument, boolean numbers, String alias);

    /** Binds a list of numbers or texts, for {@link #values}. */
    public abstract void bind(PreparedStatement statement, int place, Collection<?> values) throws SQLException;

    /** Text as the database can hold it. */
    public abstract String stored(String text);

    /** The text that was {@link #stored}. */
    public abstract String read(String stored);

    /** Whether rows that nobody has asked for yet may be sent later, many at a time, to save journeys to a server. */
    public abstract boolean gathers();

    /** The words of items. */
    public abstract KeywordIndex words(SqlSession db);

    /** Pieces of texts of the graph. */
    public abstract TrigramIndex pieces(SqlSession db);

    /** How many bytes the agent's rows take, more or less. */
    public abstract long bytes(SqlSession db);

    /** The version of the tables. */
    public abstract int schema(SqlSession db);
}
