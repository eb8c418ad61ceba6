package dev.stele.store.sqlite;

import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.store.sql.SqlSession;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounded pool of read connections to one agent's database. A connection whose query failed is closed instead of being
 * reused. Thread-safe.
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
        return use(db -> {
            db.run("begin");
            T result = query.apply(db);
            db.run("commit");
            return result;
        });
    }

    /**
     * Runs a command on a pooled connection, outside any transaction.
     *
     * @throws AgentBusyException if no connection became available in time
     * @throws ClosedException if the pool is closed
     */
    <T extends @Nullable Object> T use(Function<SqlSession, T> query) {
        acquire();
        try {
            SqlSession db = idle.pollFirst();
            if (db == null) {
                db = opener.get();
            }
            boolean healthy = false;
            try {
                T result = query.apply(db);
                healthy = true;
                return result;
            } finally {
                if (healthy) {
                    idle.addFirst(db);
                } else {
                    db.close(); // rolls back
                }
            }
        } finally {
            permits.release();
            if (closed.get()) {
                closeIdle();
            }
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
