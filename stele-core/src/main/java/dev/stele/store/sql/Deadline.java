package dev.stele.store.sql;

import java.time.Duration;

/** A moment on the monotonic clock by which a wait must end. */
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
}
