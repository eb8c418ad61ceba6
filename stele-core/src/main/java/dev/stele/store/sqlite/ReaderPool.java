package dev.stele.store.sqlite;

import dev.stele.concurrent.Closing;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.model.SteleException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.sql.SqlSession;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounded pool of read connections to one agent's database. A connection whose query the database failed is closed
 * instead of being reused; an exception of the caller's own, such as one of a missing item, ends its transaction only.
 * Thread-safe.
 */
final class ReaderPool implements AutoCloseable {

    private final String label;
    private final int maxConnections;
    private final Duration maxWait;
    private final Supplier<SqlSession> opener;
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<SqlSession> idle = new ConcurrentLinkedDeque<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Creates a pool without opening a connection.
     *
     * @param label name of the agent, for error messages
     * @param maxConnections maximum number of open connections
     * @param maxWait maximum time that a caller waits for a connection
     * @param opener opens a connection
     */
    ReaderPool(String label, int maxConnections, Duration maxWait, Supplier<SqlSession> opener) {
        this.label = label;
        this.maxConnections = maxConnections;
        this.maxWait = maxWait;
        this.opener = opener;
        this.permits = new Semaphore(maxConnections, true);
    }

    /**
     * Runs a query in one read transaction.
     *
     * @throws AgentBusyException if no connection became available in time
     * @throws ClosedException if the pool is closed
     */
    <T extends @Nullable Object> T read(Function<SqlSession, T> query) {
        return withConnection(
                db -> {
                    db.run("begin");
                    T result = query.apply(db);
                    db.run("commit");
                    return result;
                },
                db -> db.run("rollback"));
    }

    /**
     * Runs a command on a pooled connection, outside any transaction.
     *
     * @throws AgentBusyException if no connection became available in time
     * @throws ClosedException if the pool is closed
     */
    <T extends @Nullable Object> T use(Function<SqlSession, T> query) {
        return withConnection(query, _ -> {});
    }

    /** @param recover makes the connection usable again after an exception of the query's own */
    private <T extends @Nullable Object> T withConnection(Function<SqlSession, T> query, Consumer<SqlSession> recover) {
        acquire();
        try {
            SqlSession db = idle.pollFirst();
            if (db == null) {
                db = opener.get();
            }
            return run(db, query, recover);
        } finally {
            permits.release();
            if (closed.get()) {
                closeIdle();
            }
        }
    }

    private <T extends @Nullable Object> T run(
            SqlSession db, Function<SqlSession, T> query, Consumer<SqlSession> recover) {
        try {
            T result = query.apply(db);
            idle.addFirst(db);
            return result;
        } catch (SteleException | AgentReplacedException e) {
            // The query failed, and the database did not: the connection is as good as before.
            try {
                recover.accept(db);
                idle.addFirst(db);
            } catch (RuntimeException | Error broken) {
                e.addSuppressed(broken);
                Closing.closeAfter(e, db);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, db); // rolls back
            throw e;
        }
    }

    private void acquire() {
        if (closed.get()) {
            throw new ClosedException("The memory of " + label + " is closed; open it again to read.");
        }
        try {
            // A running thread may take a free permit ahead of a thread that must first be woken. Strict FIFO order
            // would cost two context switches per query of microseconds once many threads wait.
            if (!permits.tryAcquire() && !permits.tryAcquire(maxWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AgentBusyException(
                        "No read connection to %s came free within %s; all %d are in use by this process. Try again, or raise limits.readers."
                                .formatted(label, Durations.text(maxWait), maxConnections));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited to read " + label + ".");
        }
    }

    private void closeIdle() {
        SqlSession db;
        while ((db = idle.pollFirst()) != null) {
            db.close();
        }
    }

    /** Closes idle connections now and connections in use when they are returned. */
    @Override
    public void close() {
        closed.set(true);
        closeIdle();
    }
}
