package dev.stele.arena;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Budget reserved on an arena for memory that is allocated elsewhere, such as on the heap or in a library, so that
 * budget and statistics include it. The owner must release it exactly once. Thread-safe.
 */
public final class Reservation implements AutoCloseable {

    private final TypedArena arena;
    private final long bytes;
    private final AtomicBoolean released = new AtomicBoolean();

    Reservation(TypedArena arena, long bytes) {
        this.arena = arena;
        this.bytes = bytes;
    }

    /** Returns the reserved size, in bytes. */
    public long bytes() {
        return bytes;
    }

    /**
     * Releases the reservation.
     *
     * @throws IllegalStateException if the reservation was released before
     */
    public void release() {
        if (!released.compareAndSet(false, true)) {
            throw new IllegalStateException("the %s charge of %d bytes is released a second time"
                    .formatted(arena.kind().label(), bytes));
        }
        arena.discharged(bytes);
    }

    /** Same as {@link #release}. */
    @Override
    public void close() {
        release();
    }
}
