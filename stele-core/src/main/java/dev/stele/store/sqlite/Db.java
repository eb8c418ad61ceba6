package dev.stele.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection with its prepared statements, each prepared once. For one thread at a time. Failures come as
 * {@link SqlFailure}.
 *
 * <p>The connection stays in auto-commit: the driver's own transactions take the write lock again right after each
 * commit, so an idle connection would hold it. Transactions are begun and ended by statement.
 */
final class Db implements AutoCloseable {

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private long updates;

    Db(Connection connection) {
        this.connection = connection;
    }

    /** Turns the current row into a value; must not keep the result set. */
    interface Row<T> {
        T map(ResultSet row) throws SQLException;
    }

    /** Sees each row; must not keep the result set. */
    interface EachRow {
        void accept(ResultSet row) throws SQLException;
    }

    /** Runs SQL that is not worth preparing. */
    void execute(String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** Runs SQL without arguments again and again, such as the bounds of a transaction. */
    void run(String sql) {
        try {
            bind(sql).execute();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** Runs an insert, update or delete and returns how many rows it touched. */
    int update(String sql, @Nullable Object... arguments) {
        updates++;
        try {
            return bind(sql, arguments).executeUpdate();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** How many updates ran so far; tells whether a failed edit had begun to write. */
    long updates() {
        return updates;
    }

    <T> List<T> list(String sql, Row<T> row, @Nullable Object... arguments) {
        var rows = new ArrayList<T>();
        try (ResultSet result = bind(sql, arguments).executeQuery()) {
            while (result.next()) {
                rows.add(row.map(result));
            }
            return rows;
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** Feeds rows as they come, so that a result of any size takes little memory. */
    void each(String sql, EachRow row, @Nullable Object... arguments) {
        // A statement of its own, for the callback may run the same SQL again.
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, arguments);
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    row.accept(result);
                }
            }
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... arguments) {
        try (ResultSet result = bind(sql, arguments).executeQuery()) {
            return result.next() ? Optional.of(row.map(result)) : Optional.empty();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** The first column of the first row, or 0 when there is none. */
    long number(String sql, @Nullable Object... arguments) {
        return first(sql, row -> row.getLong(1), arguments).orElse(0L);
    }

    private PreparedStatement bind(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        set(statement, arguments);
        return statement;
    }

    private static void set(PreparedStatement statement, @Nullable Object... arguments) throws SQLException {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case null -> statement.setNull(i + 1, java.sql.Types.NULL);
                case String text -> statement.setString(i + 1, text);
                case Long number -> statement.setLong(i + 1, number);
                case Integer number -> statement.setInt(i + 1, number);
                case Double number -> statement.setDouble(i + 1, number);
                case byte[] bytes -> statement.setBytes(i + 1, bytes);
                case Boolean flag -> statement.setInt(i + 1, flag ? 1 : 0);
                default -> throw new IllegalArgumentException("no SQL form for " + arguments[i].getClass());
            }
        }
    }

    @Override
    public void close() {
        try {
            for (PreparedStatement statement : statements.values()) {
                statement.close();
            }
            statements.clear();
            connection.close();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }
}
