package dev.stele.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What somebody waits for, so that work that nobody waits for can let it go first: the system's scheduler shares processors, but not their
 * caches, the disk, or a place in the writers' queue. Thread-safe.
 */
public final class ForegroundGate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition nobody = lock.newCondition();

    /** Visits that have not ended. */
    @GuardedBy("lock")
    private int present;

    /** Somebody who waits for something, until this is closed, by whatever thread; to close it again does nothing. */
    public final class Visit implements AutoCloseable {
        private final AtomicBoolean ended = new AtomicBoolean();

        private Visit() {}

        @Override
        public void close() {
            if (ended.compareAndSet(false, true)) {
                add(-1);
            }
        }
    }

    /** Begins something that somebody waits for. */
    public Visit enter() {
        add(1);
        return new Visit();
    }

    private void add(int more) {
        lock.lock();
        try {
            present += more;
            if (present == 0) {
                nobody.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until nobody waits for anything, but no longer than this, so that the caller's work goes on however much there is to do. Returns at once,
     * and leaves the thread interrupted, when that is interrupted.
     */
    public void yieldToForeground(Duration most) {
        long left = most.toNanos();
        try {
            lock.lockInterruptibly();
            try {
                while (present > 0 && left > 0) {
                    left = nobody.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
