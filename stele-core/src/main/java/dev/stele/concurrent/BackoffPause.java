package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Pauses between the attempts of one operation. Each pause is twice as long as the one before, with a random share, so
 * that operations that failed together are not repeated together. For one thread.
 */
public final class BackoffPause {

    private static final long FIRST = Duration.ofMillis(5).toNanos();
    private static final long MAX = Duration.ofMillis(500).toNanos();

    private long next = FIRST;

    /** Waits for the next pause. Returns false at once if the deadline leaves no time for another attempt. */
    public boolean before(Deadline deadline) {
        long pause = next / 2 + ThreadLocalRandom.current().nextLong(next / 2 + 1);
        next = Math.min(MAX, 2 * next);
        if (deadline.left() <= pause) {
            return false;
        }
        long until = System.nanoTime() + pause;
        for (long left = pause; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                return true; // an interrupted caller does not wait; its next blocking call reports the interrupt
            }
        }
        return true;
    }
}
