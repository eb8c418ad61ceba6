package dev.stele.store.sql;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Current row of a query result. Columns are numbered from 1. Valid until the next row is read. */
public final class ResultRow {

    private final ResultSet result;
    private final Dialect dialect;

    ResultRow(ResultSet result, Dialect dialect) {
        this.result = result;
        this.dialect = dialect;
    }

    private interface Get<T extends @Nullable Object> {
        T from(ResultSet result) throws SQLException;
    }

    private <T extends @Nullable Object> T get(Get<T> get) {
        try {
            return get.from(result);
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
    }

    public String text(int column) {
        String text = textOrNull(column);
        if (text == null) {
            throw missing(column);
        }
        return text;
    }

    public @Nullable String textOrNull(int column) {
        String text = this.<@Nullable String>get(row -> row.getString(column));
        return text == null ? null : dialect.read(text);
    }

    public Optional<String> optionalText(int column) {
        return Optional.ofNullable(textOrNull(column));
    }

    /** Returns a number; 0 for SQL null. */
    public long number(int column) {
        return get(row -> row.getLong(column));
    }

    public Optional<Long> optionalNumber(int column) {
        return get(row -> {
            long number = row.getLong(column);
            return row.wasNull() ? Optional.empty() : Optional.of(number);
        });
    }

    public int integer(int column) {
        return get(row -> row.getInt(column));
    }

    public double real(int column) {
        return get(row -> row.getDouble(column));
    }

    public byte[] bytes(int column) {
        byte[] bytes = bytesOrNull(column);
        if (bytes == null) {
            throw missing(column);
        }
        return bytes;
    }

    public byte @Nullable [] bytesOrNull(int column) {
        return this.<byte @Nullable []>get(row -> row.getBytes(column));
    }

    private static UncheckedSqlException missing(int column) {
        return new UncheckedSqlException(new SQLException("column " + column + " has no value"));
    }

    /** Returns a time, which tables store in milliseconds. */
    public Instant time(int column) {
        return Instant.ofEpochMilli(number(column));
    }

    public Optional<Instant> optionalTime(int column) {
        return optionalNumber(column).map(Instant::ofEpochMilli);
    }
}
