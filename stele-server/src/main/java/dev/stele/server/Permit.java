package dev.stele.server;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Right to use a part of a bounded resource. The holder must close it to return the part; closing it again has no
 * effect. Thread-safe.
 */
final class Permit implements AutoCloseable {

    /** Permit that holds no resource. */
    static final Permit NONE = new Permit(() -> {});

    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param release returns the resource; called at most once
     */
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
