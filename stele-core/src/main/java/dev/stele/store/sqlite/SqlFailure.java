package dev.stele.store.sqlite;

import java.sql.SQLException;

/** An {@link SQLException} on its way up to {@link SqliteStore}, which knows what was being done and says so. */
final class SqlFailure extends RuntimeException {

    private final SQLException sql;

    SqlFailure(SQLException sql) {
        super(sql);
        this.sql = sql;
    }

    SQLException sql() {
        return sql;
    }
}
