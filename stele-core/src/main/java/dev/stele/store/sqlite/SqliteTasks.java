package dev.stele.store.sqlite;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.FileIdentity;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlTasks;
import dev.stele.store.sql.UncheckedSqlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Queue of background jobs in {@code tasks.db} of the data directory, which the first job creates. One connection
 * serves all threads in turn; jobs are rare compared with the time that they take. Thread-safe.
 *
 * <p>A new database is switched to its write-ahead log once. If two connections do so at the same time, SQLite rejects
 * one of them without waiting. Instances of all processes therefore open the database one after the other, under the
 * queue lock {@code tasks.lock}. The first instance creates the file under another name and renames it, so that no
 * process sees an incomplete database.
 */
final class SqliteTasks extends SqlTasks implements AutoCloseable {

    private static final Schema SCHEMA = new Schema(List.of(Schema.resource("tasks-1.sql")));

    private final Path file;
    private final boolean readOnly;
    private final Duration patience;
    /** Throws if the data directory is not the one that was opened. */
    private final Runnable requireReachable;
    /** Guards the connection, which one thread at a time may use. */
    private final ReentrantLock turn = new ReentrantLock(true);

    @GuardedBy("turn")
    private @Nullable SqlSession connection;

    /** Identity of the file of the connection. */
    @GuardedBy("turn")
    private Optional<FileIdentity> identity = Optional.empty();

    SqliteTasks(Path file, boolean readOnly, Duration patience, Runnable requireReachable) {
        this.file = file;
        this.readOnly = readOnly;
        this.patience = patience;
        this.requireReachable = requireReachable;
    }

    @Override
    protected String clock() {
        return "cast(unixepoch('subsec') * 1000 as integer)";
    }

    @Override
    protected boolean there() {
        return Files.exists(file);
    }

    @Override
    protected <T extends @Nullable Object> T write(Function<SqlSession, T> edit) {
        if (readOnly) {
            throw new ReadOnlyException("The data directory is open for reading only; its jobs cannot be changed.");
        }
        return read(db -> {
            db.run("begin immediate");
            try {
                T result = edit.apply(db);
                db.run("commit");
                return result;
            } catch (UncheckedSqlException e) {
                throw e; // the connection is closed, which rolls back unless SQLite has done so, as on a full disk
            } catch (RuntimeException | Error e) {
                rollBackAfter(e, db);
                throw e;
            }
        });
    }

    /** Rolls back after a failure of the edit's own, which is the one that the caller sees. */
    @SuppressWarnings("GuardedBy") // called by edits, which run in their turn
    private void rollBackAfter(Throwable failure, SqlSession db) {
        try {
            db.run("rollback");
        } catch (UncheckedSqlException e) {
            failure.addSuppressed(e);
            dropAfter(failure);
        }
    }

    @Override
    protected <T extends @Nullable Object> T read(Function<SqlSession, T> call) {
        // The interrupt flag is cleared during the call: a worker that is interrupted to stop may have to record the
        // end of a job.
        boolean interrupted = Thread.interrupted();
        try {
            return inTurn(call);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private <T extends @Nullable Object> T inTurn(Function<SqlSession, T> call) {
        if (!Deadline.in(patience).lock(turn)) {
            throw new AgentBusyException("The list of background jobs was in use for " + patience + "; try again.");
        }
        try {
            if (!isInPlace()) {
                drop();
            }
            SqlSession db = connection;
            if (db == null) {
                requireReachable.run();
                db = readOnly ? openReader() : openWriter();
                connection = db;
                identity = FileIdentity.of(file);
            }
            T result = call.apply(db);
            if (!isInPlace()) {
                drop();
                throw new StelePersistenceException(
                        "The list of background jobs " + file
                                + " was removed or replaced; nothing is stored in the file that is there now. Try again.",
                        null);
            }
            return result;
        } catch (UncheckedSqlException e) {
            dropAfter(e); // the connection may remain unusable
            throw Sqlite.error("Background jobs", file, e.sql());
        } finally {
            turn.unlock();
        }
    }

    /** Returns whether the file of the connection is the one at its path: what is written to another one is lost. */
    @GuardedBy("turn")
    private boolean isInPlace() {
        return identity.isPresent() && identity.get().isAt(file);
    }

    private SqlSession openReader() {
        return Sqlite.prepared(Sqlite.reader(file), db -> SCHEMA.check(db, file));
    }

    private SqlSession openWriter() {
        try (var queue = InterProcessQueueLock.open(file.resolveSibling("tasks.lock"));
                var _ = queue.take("the list of background jobs", Deadline.in(patience))) {
            if (!Files.exists(file)) {
                make();
            }
            return migrated(file);
        }
    }

    /**
     * Creates the database under another name and renames it. A file of that name may exist as residue of a process
     * that died.
     */
    private void make() {
        Path making = file.resolveSibling("tasks.db.new");
        try {
            for (String part : List.of("", "-journal", "-wal", "-shm")) {
                Files.deleteIfExists(making.resolveSibling(making.getFileName() + part));
            }
            migrated(making).close();
            DurableFiles.forceFile(making);
            DurableFiles.move(making, file);
        } catch (IOException e) {
            throw FileErrors.of("The list of background jobs " + file + " cannot be made", e);
        }
    }

    private static SqlSession migrated(Path file) {
        return Sqlite.prepared(Sqlite.writer(file, true, 0), db -> SCHEMA.migrate(db, file));
    }

    @GuardedBy("turn")
    private void drop() {
        SqlSession open = connection;
        connection = null;
        Closing.closeAll(open);
    }

    /** Closes the connection after a failure, which is the one that the caller sees. */
    @GuardedBy("turn")
    private void dropAfter(Throwable failure) {
        SqlSession open = connection;
        connection = null;
        Closing.closeAfter(failure, open);
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
