package dev.stele.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A task that others may interrupt while it runs on a thread of a pool, and only then: the interrupt reaches neither
 * the task that the thread ran before nor the one it runs next. A task that is interrupted before it begins still runs,
 * on an interrupted thread, so that what it holds is given back in one place. Thread-safe.
 */
public final class InterruptibleTask implements Runnable {

    private final Runnable work;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable Thread thread;

    @GuardedBy("lock")
    private boolean interrupted;

    public InterruptibleTask(Runnable work) {
        this.work = work;
    }

    @Override
    public void run() {
        lock.lock();
        try {
            thread = Thread.currentThread();
            if (interrupted) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
        try {
            work.run();
        } finally {
            lock.lock();
            try {
                thread = null;
                Thread.interrupted();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Interrupts the task now, or as soon as it begins; does nothing once it has ended. */
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
