package dev.stele;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who waits for memory now goes before what is done in the background: background work asks here before each of its pieces, and waits a
 * moment while somebody is being served. Only a moment, so that it gets on however many come. Thread-safe.
 */
final class Foreground {

    private static final Duration MOMENT = Duration.ofMillis(250);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition nobody = lock.newCondition();

    @GuardedBy("lock")
    private int served;

    /** Somebody waits for memory until this is closed. */
    Service serve() {
        lock.lock();
        try {
            served++;
        } finally {
            lock.unlock();
        }
        return new Service();
    }

    /** Somebody who is being served; closed once, by who opened it. */
    final class Service implements AutoCloseable {
        private Service() {}

        @Override
        public void close() {
            lock.lock();
            try {
                if (--served == 0) {
                    nobody.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Lets those who are being served go before, for a moment at most. Returns at once when interrupted, and stays so. */
    void giveWay() {
        lock.lock();
        try {
            long left = MOMENT.toNanos();
            while (served > 0 && left > 0) {
                left = nobody.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
