package dev.stele.store.sqlite;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.FailureLog;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.SteleException;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.UncheckedSqlException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies the write-ahead log of one database into the database on a thread of its own. SQLite by itself does that
 * within a commit, and the writers wait for some hundred milliseconds.
 *
 * <p>Passes run beside the writers. SQLite starts the log anew only when all of it is copied, which a pass beside a busy
 * writer never achieves. So once a pass has left little to copy, a last one runs in the writers' queue, while no
 * process writes. Thread-safe. Lock order: {@link #exclusive}, then the queue of writers.
 */
final class LogCheckpointer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LogCheckpointer.class.getName());

    private static final FailureLog FAILURES = new FailureLog(LOG);

    /** Threads of normal priority, because writers wait for the last pass. */
    private static final Executor THREADS = PlatformThreads.cachedExecutor("stele-checkpoint-");

    /** Number of commits between two looks at the length of the log. */
    private static final int COMMITS_BETWEEN_LOOKS = 16;

    /**
     * Number of pages in the log from which they are copied. A page that many commits change is copied once for all of
     * them.
     */
    private static final long MIN_PAGES = 4_000;

    /** Number of pages that may be left for the pass in the writers' queue. */
    private static final long MAX_PAGES_IN_QUEUE = 400;

    /** Maximum number of passes beside the writers; a writer that adds pages faster leaves more to the last pass. */
    private static final int MAX_PASSES = 4;

    private static final Duration MAX_QUEUE_WAIT = Duration.ofSeconds(5);

    private final Path file;
    private final String label;
    private final InterProcessQueueLock writeLock;
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicBoolean running = new AtomicBoolean();

    /** Held during each checkpoint of this process, because SQLite refuses two at once. */
    private final ReentrantLock exclusive = new ReentrantLock();

    @GuardedBy("exclusive")
    private @Nullable SqlSession connection;

    @GuardedBy("exclusive")
    private boolean closed;

    /**
     * @param label name of the agent, for messages
     * @param writeLock queue of the writers of all processes
     */
    LogCheckpointer(Path file, String label, InterProcessQueueLock writeLock) {
        this.file = file;
        this.label = label;
        this.writeLock = writeLock;
    }

    /**
     * Length of the log.
     *
     * @param pages number of pages in the log
     * @param copied number of those that are in the database
     */
    private record Length(long pages, long copied) {
        long left() {
            return pages - copied;
        }
    }

    /** Notes a commit, and looks after the log from time to time, on another thread. */
    void committed() {
        if (commits.incrementAndGet() >= COMMITS_BETWEEN_LOOKS && running.compareAndSet(false, true)) {
            commits.set(0);
            try {
                THREADS.execute(this::run);
            } catch (RuntimeException | Error e) { // no thread could be created; the next commit tries again
                running.set(false);
                FAILURES.failed("checkpoint of " + label, e);
            }
        }
    }

    /** Runs a checkpoint of the caller, while none runs here. */
    <T> T exclusively(Supplier<T> checkpoint) {
        exclusive.lock();
        try {
            return checkpoint.get();
        } finally {
            exclusive.unlock();
        }
    }

    private void run() {
        exclusive.lock();
        try {
            if (!closed) {
                copy();
            }
            FAILURES.succeeded("checkpoint of " + label);
        } catch (Throwable e) { // of whatever kind: the log stays as it is, and SQLite itself copies it at 64 MB
            FAILURES.failed("checkpoint of " + label, e);
            drop();
        } finally {
            running.set(false);
            exclusive.unlock();
        }
    }

    @GuardedBy("exclusive")
    private void copy() {
        SqlSession db = connection();
        Length length = length(db, "noop");
        if (length.left() < MIN_PAGES) {
            return;
        }
        for (int pass = 0; pass < MAX_PASSES && length.left() > MAX_PAGES_IN_QUEUE; pass++) {
            long before = length.copied();
            length(db, "passive");
            length = length(db, "noop");
            if (length.copied() == before) {
                return; // a reader of an old snapshot needs the log, or another process copies it
            }
        }
        try (var _ = writeLock.take("the checkpoint of " + label, Deadline.in(MAX_QUEUE_WAIT))) {
            length(db, "passive");
        }
    }

    /** Runs a checkpoint; one of mode {@code noop} only reports the length. */
    private static Length length(SqlSession db, String mode) {
        return db.first(
                        "pragma wal_checkpoint(" + mode + ")",
                        row -> new Length(Math.max(0, row.integer(2)), Math.max(0, row.integer(3))))
                .orElse(new Length(0, 0));
    }

    @GuardedBy("exclusive")
    private SqlSession connection() {
        SqlSession db = connection;
        if (db == null) {
            db = Sqlite.writer(file, false, 0);
            connection = db;
        }
        return db;
    }

    @GuardedBy("exclusive")
    private void drop() {
        SqlSession open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (UncheckedSqlException | SteleException e) {
                LOG.log(System.Logger.Level.DEBUG, "a failed connection to " + file + " did not close", e);
            }
        }
    }

    /** Waits for a pass that runs, and closes the connection. Idempotent. */
    @Override
    public void close() {
        exclusive.lock();
        try {
            closed = true;
            drop();
        } finally {
            exclusive.unlock();
        }
    }
}
