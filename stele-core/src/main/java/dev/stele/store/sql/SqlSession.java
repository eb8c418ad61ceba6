package dev.stele.store.sql;

import dev.stele.concurrent.WorkBudget;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A connection with its prepared statements, each prepared once, as it is used for one agent. For one thread at a time. Statements
 * are templates as {@link SqlTemplate} describes. Failures come as {@link UncheckedSqlException}.
 */
public final class SqlSession implements AutoCloseable {

    /** Rows that wait to be sent take memory. */
    private static final int MAX_GATHERED = 1_000;

    /** How many rows a server sends at a time. */
    private static final int FETCH = 500;

    /** A mask: every 1,024th row of a result the limits of the caller's work are checked. */
    private static final int ROWS_BETWEEN_CHECKPOINTS = 1_023;

    private final Connection connection;
    private final Dialect dialect;
    private final long agent;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    /** Rows that were added and not sent yet, by their statement. */
    private final Map<String, Gathered> gathered = new LinkedHashMap<>();

    /** How many were added since all were sent. */
    private int rows;

    private long updates;

    /** @param agent the agent whose rows are meant, where a database holds those of many */
    public SqlSession(Connection connection, Dialect dialect, long agent) {
        this.connection = connection;
        this.dialect = dialect;
        this.agent = agent;
    }

    private record Gathered(String table, PreparedStatement statement) {}

    /** Turns the current row into a value. */
    public interface Mapper<T> {
        T map(ResultRow row);
    }

    /** Sees each row. */
    public interface EachRow {
        void accept(ResultRow row);
    }

    private interface Action<T extends @Nullable Object> {
        T run() throws SQLException;
    }

    private static <T extends @Nullable Object> T failing(Action<T> action) {
        try {
            return action.run();
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
    }

    public Dialect dialect() {
        return dialect;
    }

    /** The same connection and transaction, for another agent's rows or for what belongs to none. */
    public SqlSession of(Dialect other, long number) {
        return new SqlSession(connection, other, number);
    }

    /** The number of the agent whose rows are meant. */
    public long agent() {
        return agent;
    }

    /** Runs SQL that is not worth preparing, as it stands. */
    public void execute(String sql) {
        send();
        failing(() -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    /** Runs SQL without arguments again and again, such as the bounds of a transaction. */
    public void run(String sql) {
        send();
        failing(() -> bind(sql).execute());
    }

    /** Runs an insert, update or delete and returns how many rows it touched. */
    public int update(String sql, @Nullable Object... arguments) {
        updates++;
        send();
        return failing(() -> bind(sql, arguments).executeUpdate());
    }

    /**
     * An insert as it stands in the code; what it comes to is worked out once.
     *
     * @param key how many of the columns, from the first, are the key by which a row is replaced that is there; 0 for none
     */
    private record Insert(String table, String columns, int key) {

        private static final Map<Insert, String> KNOWN = new ConcurrentHashMap<>();

        String sql() {
            return KNOWN.computeIfAbsent(this, Insert::template);
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
     * @param columns the names of its columns, separated by a comma and a blank
     */
    public void insert(String table, String columns, @Nullable Object... values) {
        add(table, new Insert(table, columns, 0).sql(), values);
    }

    /**
     * Adds a row, or replaces the one that has its key.
     *
     * @param key how many of the columns, from the first, are the key
     */
    public void put(String table, int key, String columns, @Nullable Object... values) {
        add(table, new Insert(table, columns, key).sql(), values);
    }

    /** Adds a row unless it is there. */
    public int insertNew(String table, String columns, @Nullable Object... values) {
        return update(new Insert(table, columns, 0).sql() + " on conflict do nothing", values);
    }

    /** Deletes the rows for which a condition holds; returns how many. */
    public int delete(String table, String condition, @Nullable Object... arguments) {
        return update("delete from {into " + table + "} where {mine}" + condition, arguments);
    }

    /** Sets columns of the rows for which a condition holds; returns how many. */
    public int change(String table, String set, String condition, @Nullable Object... arguments) {
        return update("update {into " + table + "} set " + set + " where {mine}" + condition, arguments);
    }

    /** Adds a row by a statement whose result nobody needs, now or before anything else looks at its table. */
    public void add(String table, String sql, @Nullable Object... values) {
        if (!dialect.gathers()) {
            update(sql, values);
            return;
        }
        if (++rows > MAX_GATHERED) {
            send();
        }
        updates++;
        failing(() -> {
            PreparedStatement statement = bind(sql, values);
            statement.addBatch();
            return gathered.putIfAbsent(sql, new Gathered(table, statement));
        });
    }

    /** Sends the rows that were added and not sent yet. To be called before a commit. */
    public void send() {
        rows = 0;
        send(_ -> true);
    }

    /** Sends the rows of tables that a query looks at. */
    private void sendFor(String query) {
        if (!gathered.isEmpty()) {
            send(dialect.sql(query).reads()::contains);
        }
    }

    private void send(Predicate<String> table) {
        gathered.values()
                .removeIf(batch -> table.test(batch.table())
                        && failing(() -> {
                            batch.statement().executeBatch();
                            return true;
                        }));
    }

    /** Forgets the rows that were added and not sent yet, after a rollback. */
    public void drop() {
        gathered.values()
                .forEach(batch -> failing(() -> {
                    batch.statement().clearBatch();
                    return null;
                }));
        gathered.clear();
        rows = 0;
    }

    /** How many updates ran so far; tells whether a failed edit had begun to write. */
    public long updates() {
        return updates;
    }

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
     * Rows by their numbers; asks nothing when no number is given.
     *
     * @param sql with the numbers as its only argument
     */
    public <T> Map<Long, T> byNumber(String sql, Mapper<T> mapper, ToLongFunction<T> number, Collection<Long> numbers) {
        var found = new HashMap<Long, T>();
        if (!numbers.isEmpty()) {
            list(sql, mapper, numbers).forEach(row -> found.put(number.applyAsLong(row), row));
        }
        return found;
    }

    /** Feeds rows as they come, so that a result of any size takes little memory. */
    public void each(String sql, EachRow to, @Nullable Object... arguments) {
        scan(
                sql,
                row -> {
                    to.accept(row);
                    return true;
                },
                arguments);
    }

    /** Feeds rows as they come until one is not answered with true. */
    public void scan(String sql, Predicate<ResultRow> to, @Nullable Object... arguments) {
        send();
        failing(() -> {
            // Taken out meanwhile, for the callback may run the same SQL again.
            PreparedStatement known = statements.remove(sql);
            PreparedStatement statement =
                    known == null ? connection.prepareStatement(dialect.sql(sql).text()) : known;
            boolean sound = false;
            try {
                set(statement, dialect.sql(sql), arguments);
                statement.setFetchSize(FETCH);
                try (ResultSet result = statement.executeQuery()) {
                    var row = new ResultRow(result, dialect);
                    int seen = 0;
                    while (result.next() && to.test(row)) {
                        if ((++seen & ROWS_BETWEEN_CHECKPOINTS) == 0) {
                            WorkBudget.checkpoint();
                        }
                    }
                }
                sound = true;
                return null;
            } finally {
                if (!sound || statements.putIfAbsent(sql, statement) != null) {
                    statement.close();
                }
            }
        });
    }

    public <T> Optional<T> first(String sql, Mapper<T> mapper, @Nullable Object... arguments) {
        sendFor(sql);
        return failing(() -> {
            try (ResultSet result = bind(sql, arguments).executeQuery()) {
                return result.next() ? Optional.of(mapper.map(new ResultRow(result, dialect))) : Optional.empty();
            }
        });
    }

    /** The first column of the first row, or 0 when there is none. */
    public long number(String sql, @Nullable Object... arguments) {
        return first(sql, row -> row.number(1), arguments).orElse(0L);
    }

    /** Whether a query has any row. */
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
            int place = sql.arguments().get(i);
            Object argument = place == 0 ? (Object) agent : arguments[place - 1];
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

    /** Closes the statements and leaves the connection open. */
    public void closeStatements() {
        failing(() -> {
            for (PreparedStatement statement : statements.values()) {
                statement.close();
            }
            statements.clear();
            gathered.clear();
            return null;
        });
    }

    @Override
    public void close() {
        closeStatements();
        failing(() -> {
            connection.close();
            return null;
        });
    }
}
