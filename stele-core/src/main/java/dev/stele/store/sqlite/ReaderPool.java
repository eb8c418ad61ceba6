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
 * A bounded pool of read connections. A connection that met an error is not used again. Thread-safe.
 */
final class ReaderPool implements AutoCloseable {

    private final String what;
    private final int most;
    private final Duration wait;
    private final Supplier<SqlSession> opener;
    private final Semaphore places;
    private final ConcurrentLinkedDeque<SqlSession> idle = new ConcurrentLinkedDeque<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    ReaderPool(String what, int most, Duration wait, Supplier<SqlSession> opener) {
        this.what = what;
        this.most = most;
        this.wait = wait;
        this.opener = opener;
        this.places = new Semaphore(most, true);
    }

    /** Runs a query in one read transaction. */
    <T extends @Nullable Object> T read(Function<SqlSession, T> query) {
        return use(db -> {
            db.run("begin");
            T result = query.apply(db);
            db.run("commit");
            return result;
        });
    }

    /** Runs a command on a connection of its own, outside any transaction. */
    <T extends @Nullable Object> T use(Function<SqlSession, T> query) {
        acquire();
        try {
            SqlSession db = idle.pollFirst();
            if (db == null) {
                db = opener.get();
            }
            boolean sound = false;
            try {
                T result = query.apply(db);
                sound = true;
                return result;
            } finally {
                if (sound) {
                    idle.addFirst(db);
                } else {
                    db.close(); // rolls back
                }
            }
        } finally {
            places.release();
            if (closed.get()) {
                closeIdle();
            }
        }
    }

    private void acquire() {
        if (closed.get()) {
            throw new ClosedException("The memory of " + what + " is closed; open it again to read.");
        }
        try {
            // A running thread takes a free place before one that must first be woken: handing each place to the next
            // in
            // line costs two changes of thread for a query of microseconds, once many threads stand in line.
            if (!places.tryAcquire() && !places.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AgentBusyException(
                        "No read connection to %s came free within %s; all %d are in use by this process. Try again, or raise limits.readers."
                                .formatted(what, Durations.text(wait), most));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited to read " + what + ".");
        }
    }

    private void closeIdle() {
        SqlSession db;
        while ((db = idle.pollFirst()) != null) {
            db.close();
        }
    }

    /** Closes what is idle now, and what is in use when it comes back. */
    @Override
    public void close() {
        closed.set(true);
        closeIdle();
    }
}
