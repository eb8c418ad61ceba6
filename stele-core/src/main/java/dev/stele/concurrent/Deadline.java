package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** Point in time on the monotonic clock by which a wait must end. */
public record Deadline(long nanos) {

    public static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** Time left; negative once it is past. */
    public long left() {
        return nanos - System.nanoTime();
    }

    public boolean passed() {
        return left() <= 0;
    }

    /**
     * Takes a lock, unless this passes first. An interrupt does not end the wait; the thread is interrupted again
     * afterwards.
     *
     * @return whether the lock was taken
     */
    public boolean lock(Lock lock) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return lock.tryLock(Math.max(0, left()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
