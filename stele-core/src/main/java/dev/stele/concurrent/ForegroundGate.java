package dev.stele.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gate at which background work waits while foreground requests run. The scheduler of the operating system shares the
 * processors between both, but not their caches, the disk and the queue of writers. Thread-safe.
 */
public final class ForegroundGate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();

    /** Number of visits that have not ended. */
    @GuardedBy("lock")
    private int active;

    /** Foreground request in progress. Any thread may close it; closing it again has no effect. */
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

    /** Begins a foreground request, which ends when the result is closed. */
    public Visit enter() {
        add(1);
        return new Visit();
    }

    private void add(int change) {
        lock.lock();
        try {
            active += change;
            if (active == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no foreground request runs. The wait is bounded, so that background work makes progress under any
     * load. If the thread is interrupted, the method returns at once and the thread stays interrupted.
     *
     * @param maxWait maximum time to wait
     */
    public void yieldToForeground(Duration maxWait) {
        long left = maxWait.toNanos();
        try {
            lock.lockInterruptibly();
            try {
                while (active > 0 && left > 0) {
                    left = idle.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
