package dev.stele.server;

import java.util.concurrent.atomic.AtomicBoolean;

/** Right to use a part of a bounded resource until it is closed. To close it again does nothing. Thread-safe. */
final class Permit implements AutoCloseable {

    /** Holds nothing. */
    static final Permit NONE = new Permit(() -> {});

    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    Permit(Runnable release) {
        this.release = release;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
