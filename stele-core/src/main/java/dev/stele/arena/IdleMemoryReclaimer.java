package dev.stele.arena;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.GuardedLoop;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * Background thread that returns idle memory to the operating system. It purges a kind of memory whose idle share
 * exceeded the limit at two consecutive checks, so that memory needed again shortly remains. {@link #close} ends the
 * thread. Thread-safe.
 */
public final class IdleMemoryReclaimer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(IdleMemoryReclaimer.class.getName());

    private final Arenas arenas;
    private final Duration interval;
    private final double idleShare;
    /** Kinds of memory whose idle share exceeded the limit at the latest check; used by the thread of the loop only. */
    private final Set<ArenaKind> idle = EnumSet.noneOf(ArenaKind.class);

    private final GuardedLoop loop;

    IdleMemoryReclaimer(Arenas arenas, Duration interval, double idleShare) {
        this.arenas = arenas;
        this.interval = interval;
        this.idleShare = idleShare;
        this.loop = GuardedLoop.start("stele-arenas", LOG, BackgroundThreads::thread, this::check);
    }

    private void check(GuardedLoop current) throws InterruptedException {
        if (current.await(interval)) {
            return;
        }
        for (ArenaKind kind : ArenaKind.values()) {
            if (arenas.stats(kind).idleShare() <= idleShare) {
                idle.remove(kind);
            } else if (!idle.add(kind)) {
                idle.remove(kind);
                arenas.purge(kind);
            }
        }
    }

    /** Ends the thread after its current check and waits for it. Idempotent. */
    @Override
    public void close() {
        loop.close();
    }
}
