package dev.stele.store.sql;

import java.sql.SQLException;

/** An {@link SQLException} on its way up to the store, which knows what was being done and says so. */
public final class UncheckedSqlException extends RuntimeException {

    private final SQLException sql;

    public UncheckedSqlException(SQLException sql) {
        super(sql);
        this.sql = sql;
    }

    public SQLException sql() {
        return sql;
    }
}
