package dev.stele.arena;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Background thread that returns idle memory to the operating system. It purges a kind of memory whose idle share
 * exceeded the limit at two consecutive checks, so that memory needed again shortly remains. {@link #close} ends the
 * thread. Thread-safe.
 */
public final class IdleMemoryReclaimer implements AutoCloseable {

    private final Arenas arenas;
    private final Duration interval;
    private final double idleShare;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    IdleMemoryReclaimer(Arenas arenas, Duration interval, double idleShare) {
        this.arenas = arenas;
        this.interval = interval;
        this.idleShare = idleShare;
        this.thread = Thread.ofVirtual().name("stele-arenas").start(this::work);
    }

    private void work() {
        var wasIdle = new java.util.EnumMap<ArenaKind, Boolean>(ArenaKind.class);
        try {
            while (!stop.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
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

    /** Ends the thread after its current check and waits for it. Idempotent. */
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
