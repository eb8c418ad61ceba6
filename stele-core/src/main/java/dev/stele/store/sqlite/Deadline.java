package dev.stele.store.sqlite;

import java.time.Duration;

/** A moment on the monotonic clock by which a wait must end. */
record Deadline(long nanos) {

    static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** Time left; negative once it is past. */
    long left() {
        return nanos - System.nanoTime();
    }

    boolean passed() {
        return left() <= 0;
    }
}
