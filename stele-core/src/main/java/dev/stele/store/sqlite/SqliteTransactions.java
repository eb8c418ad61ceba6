package dev.stele.store.sqlite;

import dev.stele.concurrent.Deadline;
import dev.stele.io.FileIdentity;
import dev.stele.model.AgentName;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.Transactions;
import dev.stele.store.sql.UncheckedSqlException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Write transactions on the only connection of this process that writes to an agent's file. Processes are serialized by
 * an {@link InterProcessQueueLock}.
 */
final class SqliteTransactions implements Transactions {

    private final AgentName agent;
    private final Path file;
    private final FileIdentity identity;
    private final ArchiveSegments segments;
    /** Opens the connection. Called again after any failure, because a failed connection may remain unusable. */
    private final Supplier<SqlSession> opener;

    private final InterProcessQueueLock writeLock;
    private final SharedVersionCounter stamp;
    // Accessed by the writer thread only.
    private @Nullable SqlSession connection;

    SqliteTransactions(
            AgentName agent,
            Path file,
            FileIdentity identity,
            ArchiveSegments segments,
            Supplier<SqlSession> opener,
            InterProcessQueueLock writeLock,
            SharedVersionCounter stamp) {
        this.agent = agent;
        this.file = file;
        this.identity = identity;
        this.segments = segments;
        this.opener = opener;
        this.writeLock = writeLock;
        this.stamp = stamp;
    }

    @Override
    public Turn take(Deadline deadline) {
        return writeLock.take("agent " + agent, deadline);
    }

    @Override
    public SqlEdit begin(Deadline deadline) {
        // Checked before the connection is opened, since another file may be at the path. The write lock keeps it
        // there.
        requireInPlace();
        stamp.require(); // a commit that others do not see would leave them with outdated caches
        SqlSession db = connection;
        if (db == null) {
            db = opener.get();
            connection = db;
        }
        db.run("begin immediate");
        var edit = new SqlEdit(db, segments);
        if (edit.replaced()) {
            throw replaced();
        }
        requireWholeLog(edit.lastChange());
        return edit;
    }

    /** Throws if the database was removed or replaced by another one. */
    private void requireInPlace() {
        if (!identity.isAt(file)) {
            throw replaced();
        }
    }

    private AgentReplacedException replaced() {
        return new AgentReplacedException("agent " + agent);
    }

    /**
     * Refuses to write after changes were lost: their numbers would be used again, and nothing would show the loss any
     * more.
     */
    private void requireWholeLog(long lastChange) {
        long committed = stamp.lastChange();
        if (lastChange < committed) {
            throw new StelePersistenceException.Corrupt(
                    SqliteStore.lostChanges(file, lastChange, committed) + " Nothing was written; " + Sqlite.RECOVERY
                            + " To go on with what is left, stop Stele and delete "
                            + file.resolveSibling(SharedVersionCounter.FILE) + ".",
                    null);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A commit counts only if the database is still the one at its path: what is written to a deleted file is lost.
     */
    @Override
    public void commit(SqlEdit edit) {
        stamp.commitBegins();
        edit.db().run("commit");
        stamp.commitEnded(edit.lastChange());
        requireInPlace();
    }

    /**
     * {@inheritDoc}
     *
     * <p>SQLite ends some transactions by itself, for example when the disk is full. There is no transaction to roll
     * back then.
     */
    @Override
    public void rollback() {
        try {
            if (connection != null) {
                connection.run("rollback");
            }
        } catch (UncheckedSqlException e) {
            drop();
        }
    }

    @Override
    public void drop() {
        SqlSession open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close(); // rolls back what is open
            } catch (UncheckedSqlException e) {
                System.getLogger("dev.stele.store")
                        .log(System.Logger.Level.WARNING, "a failed connection to " + file + " did not close", e);
            }
        }
    }

    @Override
    public boolean isStatementLevel(SQLException e) {
        return Sqlite.isStatementLevel(e);
    }

    @Override
    public boolean passes(SQLException e) {
        return false; // a write that failed on a lock has waited already
    }

    @Override
    public SteleException error(SQLException e) {
        return Sqlite.error("Writing agent " + agent, file, e);
    }

    @Override
    public String holder() {
        return writeLock.holder();
    }

    @Override
    public String inTheWay() {
        return file.resolveSibling("writer.lock") + " is held by " + writeLock.holder();
    }
}
