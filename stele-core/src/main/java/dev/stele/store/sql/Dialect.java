package dev.stele.store.sql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Differences between SQL databases; all other code of the tables is shared. Thread-safe. The cache of statements is
 * bounded by the number of templates in the code.
 */
public abstract class Dialect {

    private final Map<String, SqlTemplate> templates = new ConcurrentHashMap<>();

    /** Returns the statement of a template, see {@link SqlTemplate}. */
    final SqlTemplate sql(String template) {
        return templates.computeIfAbsent(template, text -> SqlTemplate.of(text, this));
    }

    /**
     * Returns whether a table holds rows of many agents. Its column {@code agent} then identifies the agent and is the
     * first column of every key.
     */
    public abstract boolean shared();

    /** Returns the name of a table in SQL. */
    public abstract String table(String name);

    /**
     * Returns SQL for a list of values as rows with one column {@code value}.
     *
     * @param argument placeholder of the list in the statement
     * @param numbers true for a list of numbers, false for a list of texts
     * @param alias alias of the rows
     */
    public abstract String values(String argument, boolean numbers, String alias);

    /**
     * Binds a list of numbers or texts for {@link #values}.
     *
     * @param parameterIndex index of the statement's parameter, from 1
     */
    public abstract void bind(PreparedStatement statement, int parameterIndex, Collection<?> values)
            throws SQLException;

    /** Encodes text so that the database can store it. */
    public abstract String stored(String text);

    /** Decodes text that {@link #stored} encoded. */
    public abstract String read(String stored);

    /** Returns whether added rows may be sent later in batches, which saves round trips to a server. */
    public abstract boolean gathers();

    /** Returns the keyword index of items. */
    public abstract KeywordIndex words(SqlSession db);

    /** Returns the trigram index of texts of the graph. */
    public abstract TrigramIndex pieces(SqlSession db);

    /**
     * Marks the agent as due for reflection within the transaction that adds a pending interaction, if the marks are in
     * the same database. By default, does nothing: see {@link dev.stele.store.AgentStores#markDue}.
     */
    public void markDue(SqlSession db) {}

    /** Returns the approximate size of the agent's rows in bytes. */
    public abstract long bytes(SqlSession db);

    /** Returns the schema version of the tables. */
    public abstract int schema(SqlSession db);
}
