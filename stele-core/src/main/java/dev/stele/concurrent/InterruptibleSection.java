package dev.stele.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Part of the work of a thread that other threads may interrupt, and only that part: an interrupt never reaches what the
 * thread does before or afterwards. Is entered once. Thread-safe.
 */
public final class InterruptibleSection {

    private final ReentrantLock lock = new ReentrantLock();

    /** Thread within the section; null outside of it. */
    @GuardedBy("lock")
    private @Nullable Thread thread;

    @GuardedBy("lock")
    private boolean interrupted;

    /** Begins the section on the calling thread, which is interrupted at once if {@link #interrupt} was called before. */
    public void enter() {
        lock.lock();
        try {
            thread = Thread.currentThread();
            if (interrupted) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the section on the thread that entered it, and clears its interrupt. */
    public void leave() {
        lock.lock();
        try {
            thread = null;
            Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether a thread is within the section. */
    public boolean isEntered() {
        lock.lock();
        try {
            return thread != null;
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts the section now, or as soon as it is entered; does nothing once it was left. */
    public void interrupt() {
        lock.lock();
        try {
            interrupted = true;
            if (thread != null) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
