package dev.stele.audit;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.GuardedLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Audit log of a process that serves callers: who erased, restored, merged, corrected, imported, exported and
 * administered what, and with which outcome. What stores content in the course of a conversation is not part of it. An
 * entry names the agent and the operation, but no user and no item, so that an erasure leaves no trace here.
 * Thread-safe.
 *
 * <p>One thread writes to the {@link AuditFiles}, so that no caller waits for the disk; an entry can be lost if the
 * process dies within about a second. What cannot be written is tried again.
 */
public final class AuditLog implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

    /** Maximum number of entries that wait to be written; more are counted and reported in the log of the process. */
    private static final int MAX_WAITING = 10_000;

    private static final long IDLE_MILLIS = 200;

    private final AuditFiles files;
    private final BlockingQueue<AuditEntry> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    /** Entries of the current batch; used by the thread that writes, and after its end by {@link #close}. */
    private final List<AuditEntry> unwritten = new ArrayList<>();

    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final GuardedLoop writer;

    /**
     * Starts a log, which the caller closes.
     *
     * @param files files to which the entries are written
     */
    public AuditLog(AuditFiles files) {
        this.files = files;
        this.writer = GuardedLoop.start("stele-audit", LOG, BackgroundThreads::thread, _ -> step());
    }

    /** Adds an entry. Does not wait for the disk. */
    public void add(AuditEntry entry) {
        if (files.enabled() && !waiting.offer(entry)) {
            dropped.incrementAndGet();
        }
    }

    private void step() throws InterruptedException {
        if (unwritten.isEmpty()) {
            AuditEntry first = waiting.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
            if (first != null) {
                unwritten.add(first);
                waiting.drainTo(unwritten);
            }
        }
        writeAll();
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> lost + " entries of the audit log were lost: the disk is too slow");
        }
    }

    /** Writes the entries that are not written yet. If that fails, they are kept for the next attempt. */
    private void writeAll() {
        if (!unwritten.isEmpty()) {
            try {
                files.append(unwritten);
            } catch (RuntimeException e) {
                failures.incrementAndGet();
                throw e;
            }
            unwritten.clear();
        }
    }

    /** Returns the number of attempts to write that failed. */
    public long failures() {
        return failures.get();
    }

    /** Returns the files of the log. */
    public AuditFiles files() {
        return files;
    }

    /** Writes the entries that wait, and ends the thread. */
    @Override
    public void close() {
        writer.close();
        waiting.drainTo(unwritten);
        writeAll();
    }
}
