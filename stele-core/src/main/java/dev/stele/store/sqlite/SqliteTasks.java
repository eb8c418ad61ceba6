package dev.stele.store.sqlite;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ReadOnlyException;
import dev.stele.store.sql.Db;
import dev.stele.store.sql.SqlFailure;
import dev.stele.store.sql.SqlTasks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Background jobs in {@code tasks.db} of the data directory, which is made by the first one. One connection serves all
 * threads in turn; jobs come seldom compared to what they do. Thread-safe.
 */
final class SqliteTasks extends SqlTasks implements AutoCloseable {

    private static final Schema SCHEMA = new Schema(List.of(Schema.resource("tasks-1.sql")));

    private final Path file;
    private final boolean readOnly;
    private final Duration patience;
    /** Whose turn it is on the connection; a connection is for one thread at a time. */
    private final ReentrantLock turn = new ReentrantLock(true);

    @GuardedBy("turn")
    private @Nullable Db connection;

    SqliteTasks(Path file, boolean readOnly, Duration patience) {
        this.file = file;
        this.readOnly = readOnly;
        this.patience = patience;
    }

    @Override
    protected boolean there() {
        return Files.exists(file);
    }

    @Override
    protected <T extends @Nullable Object> T write(Function<Db, T> edit) {
        if (readOnly) {
            throw new ReadOnlyException("The data directory is open for reading only; its jobs cannot be changed.");
        }
        return read(db -> {
            db.run("begin immediate");
            boolean done = false;
            try {
                T result = edit.apply(db);
                db.run("commit");
                done = true;
                return result;
            } finally {
                if (!done) {
                    db.run("rollback");
                }
            }
        });
    }

    @Override
    protected <T extends @Nullable Object> T read(Function<Db, T> call) {
        boolean mine = false;
        try {
            mine = turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (!mine) {
                throw new AgentBusyException("The list of background jobs was in use for " + patience + "; try again.");
            }
            Db db = connection;
            if (db == null) {
                db = readOnly ? Sqlite.reader(file) : Sqlite.writer(file, true, 0);
                SCHEMA.migrate(db, file);
                connection = db;
            }
            return call.apply(db);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited for the list of background jobs.");
        } catch (SqlFailure e) {
            drop(); // it may stay unusable
            throw Sqlite.error("Background jobs", file, e.sql());
        } finally {
            if (mine) {
                turn.unlock();
            }
        }
    }

    @GuardedBy("turn")
    private void drop() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            drop();
        } finally {
            turn.unlock();
        }
    }
}
