package dev.stele.postgres;

import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlTasks;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Store of the background jobs of all nodes. Thread-safe. */
final class PostgresTasks extends SqlTasks {

    private static final String LABEL = "Accessing background jobs";
    /** Key of the advisory lock that admits one edit at a time. */
    private static final long LOCK = 0x7374656c65_01L;

    private final ConnectionPool connections;

    PostgresTasks(ConnectionPool connections) {
        this.connections = connections;
    }

    @Override
    protected String clock() {
        return "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
    }

    @Override
    protected boolean there() {
        return true;
    }

    @Override
    protected <T extends @Nullable Object> T read(Function<SqlSession, T> query) {
        return connections.read(LABEL, PostgresDialect.PLAIN, 0, query);
    }

    @Override
    protected <T extends @Nullable Object> T write(Function<SqlSession, T> edit) {
        return connections.write(LABEL, PostgresDialect.PLAIN, 0, db -> {
            db.any("select pg_advisory_xact_lock(?)", LOCK);
            return edit.apply(db);
        });
    }
}
