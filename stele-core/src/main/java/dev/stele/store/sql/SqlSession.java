package dev.stele.store.sql;

import dev.stele.concurrent.Closing;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.LimitExceededException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Database connection with a cache of prepared statements, bound to the rows of one agent. Statements are {@link
 * SqlTemplate templates}. Added rows are sent in batches where the dialect supports it. Not thread-safe: one thread at
 * a time uses a session. Only code of callers is cut off by force, see {@link #callBounded}.
 *
 * <p>Failures are thrown as {@link UncheckedSqlException}.
 */
public final class SqlSession implements AutoCloseable {

    /** Maximum number of added rows that are not sent yet; it bounds their memory. */
    private static final int MAX_BATCHED_ROWS = 1_000;

    /** Number of rows that a server sends per round trip. */
    private static final int FETCH_SIZE = 500;

    /** Mask of the row counter: the work budget of the caller is checked every 1,024 rows. */
    private static final int ROWS_BETWEEN_CHECKPOINTS = 1_023;

    private final Connection connection;
    private final Dialect dialect;
    private final long agent;
    private final SessionAccess access;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    /** Batches of added rows that are not sent yet, by SQL template. */
    private final Map<String, Gathered> batches = new LinkedHashMap<>();

    /** Number of added rows since the latest {@link #send()}. */
    private int rows;

    private long updates;

    /**
     * Creates a session on an open connection, which the session closes.
     *
     * @param agent number of the agent whose rows are read and written, in databases that hold several agents
     */
    public SqlSession(Connection connection, Dialect dialect, long agent) {
        this(connection, dialect, agent, new SessionAccess());
    }

    private SqlSession(Connection connection, Dialect dialect, long agent, SessionAccess access) {
        this.connection = connection;
        this.dialect = dialect;
        this.agent = agent;
        this.access = access;
    }

    /** Batch of added rows. */
    private record Gathered(String table, PreparedStatement statement) {}

    /** Converts the current row to a value. */
    public interface Mapper<T> {
        T map(ResultRow row);
    }

    /** Consumer of rows. */
    public interface EachRow {
        void accept(ResultRow row);
    }

    private interface Action<T extends @Nullable Object> {
        T run() throws SQLException;
    }

    private <T extends @Nullable Object> T failing(Action<T> action) {
        access.enter();
        try {
            return action.run();
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        } finally {
            access.exit();
        }
    }

    /**
     * Runs code of a caller, which uses this session, for a limited time. The code runs on a thread of its own.
     *
     * @param maxTime maximum time
     * @param tooLong error if the time is over; the code cannot use the session any more then
     */
    <T extends @Nullable Object> T callBounded(
            Duration maxTime, Supplier<LimitExceededException> tooLong, Supplier<T> code) {
        return access.call(maxTime, tooLong, code);
    }

    /** Returns the dialect of the database. */
    public Dialect dialect() {
        return dialect;
    }

    /**
     * Returns a session on the same connection and transaction for another agent's rows, or for rows that belong to no
     * agent.
     */
    public SqlSession of(Dialect other, long number) {
        return new SqlSession(connection, other, number, access);
    }

    /** Returns the number of the agent whose rows are read and written. */
    public long agent() {
        return agent;
    }

    /** Executes SQL text as it is, without a template and without caching a prepared statement. */
    public void execute(String sql) {
        send();
        failing(() -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    /**
     * Executes SQL without arguments as a cached prepared statement, such as the begin and the end of a transaction.
     */
    public void run(String sql) {
        send();
        failing(() -> bind(sql).execute());
    }

    /**
     * Executes an insert, update or delete.
     *
     * @return number of affected rows
     */
    public int update(String sql, @Nullable Object... arguments) {
        updates++;
        send();
        return failing(() -> bind(sql, arguments).executeUpdate());
    }

    /**
     * Description of an insert statement, whose SQL template is computed once.
     *
     * @param key number of leading columns that form the key by which an existing row is replaced; 0 to replace no row
     */
    private record Insert(String table, String columns, int key) {

        private static final Map<Insert, String> TEMPLATES = new ConcurrentHashMap<>();

        String sql() {
            return TEMPLATES.computeIfAbsent(this, Insert::template);
        }

        private String template() {
            String[] names = columns.split(", ", -1);
            String insert = "insert into {into %s} ({agent}%s) values ({agent?}%s)"
                    .formatted(table, columns, String.join(", ", Collections.nCopies(names.length, "?")));
            if (key == 0) {
                return insert;
            }
            List<String> all = List.of(names);
            return insert
                    + " on conflict ({agent}%s) do update set %s"
                            .formatted(
                                    String.join(", ", all.subList(0, key)),
                                    all.subList(key, all.size()).stream()
                                            .map(name -> name + " = excluded." + name)
                                            .collect(Collectors.joining(", ")));
        }
    }

    /**
     * Adds a row.
     *
     * @param columns column names, separated by a comma and a space
     * @param values one value per column
     */
    public void insert(String table, String columns, @Nullable Object... values) {
        add(table, new Insert(table, columns, 0).sql(), values);
    }

    /**
     * Adds a row or replaces the row with the same key.
     *
     * @param key number of leading columns that form the key
     * @param columns column names, separated by a comma and a space
     * @param values one value per column
     */
    public void put(String table, int key, String columns, @Nullable Object... values) {
        add(table, new Insert(table, columns, key).sql(), values);
    }

    /**
     * Adds a row unless a row with the same key exists.
     *
     * @return number of added rows: 0 or 1
     */
    public int insertNew(String table, String columns, @Nullable Object... values) {
        return update(new Insert(table, columns, 0).sql() + " on conflict do nothing", values);
    }

    /**
     * Deletes the rows that match a condition.
     *
     * @return number of deleted rows
     */
    public int delete(String table, String condition, @Nullable Object... arguments) {
        return update("delete from {into " + table + "} where {mine}" + condition, arguments);
    }

    /**
     * Updates columns of the rows that match a condition.
     *
     * @param set assignments of the update statement
     * @return number of updated rows
     */
    public int change(String table, String set, String condition, @Nullable Object... arguments) {
        return update("update {into " + table + "} set " + set + " where {mine}" + condition, arguments);
    }

    /**
     * Adds a row by a statement whose result is not needed. Where the dialect supports batches, the row is sent before
     * the next statement that reads its table.
     *
     * @param table table of the row
     */
    public void add(String table, String sql, @Nullable Object... values) {
        if (!dialect.gathers()) {
            update(sql, values);
            return;
        }
        if (++rows > MAX_BATCHED_ROWS) {
            send();
        }
        updates++;
        failing(() -> {
            PreparedStatement statement = bind(sql, values);
            statement.addBatch();
            return batches.putIfAbsent(sql, new Gathered(table, statement));
        });
    }

    /** Sends all batches of added rows. Must be called before a commit. */
    public void send() {
        rows = 0;
        send(_ -> true);
    }

    /** Sends the batches of the tables that a query reads. */
    private void sendFor(String query) {
        if (dialect.gathers()) {
            send(dialect.sql(query).reads()::contains);
        }
    }

    private void send(Predicate<String> table) {
        failing(() -> batches.values()
                .removeIf(batch -> table.test(batch.table())
                        && failing(() -> {
                            batch.statement().executeBatch();
                            return true;
                        })));
    }

    /** Discards the batches of added rows, after a rollback. */
    public void drop() {
        failing(() -> {
            for (Gathered batch : batches.values()) {
                batch.statement().clearBatch();
            }
            batches.clear();
            return null;
        });
        rows = 0;
    }

    /** Returns the number of updates so far. It shows whether a failed edit had begun to write. */
    public long updates() {
        return updates;
    }

    /** Returns the rows of a query. */
    public <T> List<T> list(String sql, Mapper<T> mapper, @Nullable Object... arguments) {
        var rows = new ArrayList<T>();
        sendFor(sql);
        return failing(() -> {
            try (ResultSet result = bind(sql, arguments).executeQuery()) {
                var row = new ResultRow(result, dialect);
                while (result.next()) {
                    if ((rows.size() & ROWS_BETWEEN_CHECKPOINTS) == 0) {
                        WorkBudget.checkpoint();
                    }
                    rows.add(mapper.map(row));
                }
                return rows;
            }
        });
    }

    /**
     * Returns rows by number. Runs no query if {@code numbers} is empty.
     *
     * @param sql query whose only argument is the collection of numbers
     * @param number returns the number of a row
     */
    public <T> Map<Long, T> byNumber(String sql, Mapper<T> mapper, ToLongFunction<T> number, Collection<Long> numbers) {
        var rowsByNumber = new HashMap<Long, T>();
        if (!numbers.isEmpty()) {
            list(sql, mapper, numbers).forEach(row -> rowsByNumber.put(number.applyAsLong(row), row));
        }
        return rowsByNumber;
    }

    /**
     * Passes each row of a query to a consumer while the result is read. Memory use does not depend on the size of the
     * result.
     */
    public void each(String sql, EachRow to, @Nullable Object... arguments) {
        scan(
                sql,
                row -> {
                    to.accept(row);
                    return true;
                },
                arguments);
    }

    /** Passes rows of a query to a predicate while the result is read, until the predicate returns false. */
    public void scan(String sql, Predicate<ResultRow> to, @Nullable Object... arguments) {
        send();
        failing(() -> {
            // The statement is removed from the cache meanwhile, because the callback may run the same SQL.
            PreparedStatement cached = statements.remove(sql);
            PreparedStatement statement = cached == null
                    ? connection.prepareStatement(dialect.sql(sql).text())
                    : cached;
            boolean healthy = false;
            try {
                set(statement, dialect.sql(sql), arguments);
                statement.setFetchSize(FETCH_SIZE);
                try (ResultSet result = statement.executeQuery()) {
                    var row = new ResultRow(result, dialect);
                    BooleanSupplier more = () -> to.test(row);
                    int seen = 0;
                    while (result.next() && access.without(more)) {
                        if ((++seen & ROWS_BETWEEN_CHECKPOINTS) == 0) {
                            WorkBudget.checkpoint();
                        }
                    }
                }
                healthy = true;
                return null;
            } finally {
                if (!healthy || statements.putIfAbsent(sql, statement) != null) {
                    statement.close();
                }
            }
        });
    }

    /** Returns the first row of a query. */
    public <T> Optional<T> first(String sql, Mapper<T> mapper, @Nullable Object... arguments) {
        sendFor(sql);
        return failing(() -> {
            try (ResultSet result = bind(sql, arguments).executeQuery()) {
                return result.next() ? Optional.of(mapper.map(new ResultRow(result, dialect))) : Optional.empty();
            }
        });
    }

    /** Returns the first column of the first row, or 0 if the query has no row. */
    public long number(String sql, @Nullable Object... arguments) {
        return first(sql, row -> row.number(1), arguments).orElse(0L);
    }

    /** Returns whether a query has at least one row. */
    public boolean any(String sql, @Nullable Object... arguments) {
        return first(sql, _ -> true, arguments).isPresent();
    }

    private PreparedStatement bind(String template, @Nullable Object... arguments) throws SQLException {
        SqlTemplate sql = dialect.sql(template);
        PreparedStatement statement = statements.get(template);
        if (statement == null) {
            statement = connection.prepareStatement(sql.text());
            statements.put(template, statement);
        }
        set(statement, sql, arguments);
        return statement;
    }

    private void set(PreparedStatement statement, SqlTemplate sql, @Nullable Object... arguments) throws SQLException {
        for (int i = 0; i < sql.arguments().size(); i++) {
            int argumentNumber = sql.arguments().get(i);
            Object argument = argumentNumber == 0 ? (Object) agent : arguments[argumentNumber - 1];
            switch (argument) {
                case null -> statement.setNull(i + 1, java.sql.Types.NULL);
                case String text -> statement.setString(i + 1, dialect.stored(text));
                case Long number -> statement.setLong(i + 1, number);
                case Integer number -> statement.setLong(i + 1, number);
                case Double number -> statement.setDouble(i + 1, number);
                case byte[] bytes -> statement.setBytes(i + 1, bytes);
                case Collection<?> list -> dialect.bind(statement, i + 1, list);
                case Boolean flag -> statement.setLong(i + 1, flag ? 1 : 0);
                default -> throw new IllegalArgumentException("no SQL form for " + argument.getClass());
            }
        }
    }

    /** Closes the cached statements, all of them even if closing one fails, and leaves the connection open. */
    public void closeStatements() {
        failing(() -> {
            List<PreparedStatement> open = List.copyOf(statements.values());
            statements.clear();
            batches.clear();
            closeEach(open);
            return null;
        });
    }

    private static void closeEach(List<PreparedStatement> statements) throws SQLException {
        @Nullable SQLException first = null;
        for (PreparedStatement statement : statements) {
            try {
                statement.close();
            } catch (SQLException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void close() {
        Closing.closeAll(
                this::closeStatements,
                () -> failing(() -> {
                    connection.close();
                    return null;
                }));
    }
}
