package dev.stele.arena;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory that lives elsewhere, such as on the heap or in a library, booked on an arena so that its budget and figures
 * include it. To be released exactly once. Thread-safe.
 */
public final class Reservation implements AutoCloseable {

    private final TypedArena arena;
    private final long bytes;
    private final AtomicBoolean released = new AtomicBoolean();

    Reservation(TypedArena arena, long bytes) {
        this.arena = arena;
        this.bytes = bytes;
    }

    public long bytes() {
        return bytes;
    }

    /**
     * Takes the booking back.
     *
     * @throws IllegalStateException if that was done before
     */
    public void release() {
        if (!released.compareAndSet(false, true)) {
            throw new IllegalStateException("the %s charge of %d bytes is released a second time"
                    .formatted(arena.kind().word(), bytes));
        }
        arena.discharged(bytes);
    }

    /** {@link #release}. */
    @Override
    public void close() {
        release();
    }
}
