package dev.stele.arena;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A thread that gives memory back by itself: of each kind of which more than a share was idle at two looks in a row, so
 * that what is needed again in a moment stays. Closing it ends the thread.
 */
public final class IdleMemoryReclaimer implements AutoCloseable {

    private final Arenas arenas;
    private final Duration every;
    private final double idleShare;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    IdleMemoryReclaimer(Arenas arenas, Duration every, double idleShare) {
        this.arenas = arenas;
        this.every = every;
        this.idleShare = idleShare;
        this.thread = Thread.ofVirtual().name("stele-arenas").start(this::work);
    }

    private void work() {
        var wasIdle = new java.util.EnumMap<ArenaKind, Boolean>(ArenaKind.class);
        try {
            while (!stop.await(every.toNanos(), TimeUnit.NANOSECONDS)) {
                for (ArenaKind kind : ArenaKind.values()) {
                    boolean idle = arenas.stats(kind).idleShare() > idleShare;
                    if (idle && wasIdle.getOrDefault(kind, false)) {
                        arenas.purge(kind);
                        idle = false;
                    }
                    wasIdle.put(kind, idle);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it after what it is doing. Idempotent. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
