package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits between attempts, twice as long each time and never quite as long as anybody else, so that those who failed together do not
 * come back together. For one thread.
 */
public final class BackoffPause {

    private static final long FIRST = Duration.ofMillis(5).toNanos();
    private static final long LONGEST = Duration.ofMillis(500).toNanos();

    private long next = FIRST;

    /** Waits; false, and at once, if there is no time left for another attempt. */
    public boolean before(Deadline deadline) {
        long pause = next / 2 + ThreadLocalRandom.current().nextLong(next / 2 + 1);
        next = Math.min(LONGEST, 2 * next);
        if (deadline.left() <= pause) {
            return false;
        }
        long until = System.nanoTime() + pause;
        for (long left = pause; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                return true; // who was interrupted does not wait, and finds out by itself at the next thing that waits
            }
        }
        return true;
    }
}
