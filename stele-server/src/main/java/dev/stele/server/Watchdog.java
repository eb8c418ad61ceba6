package dev.stele.server;

import dev.stele.concurrent.PlatformThreads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Looks after what is under way: requests past their deadline, bodies that come too slowly, readers that do not read, keys
 * that were revoked. It has a thread of its own, so that no load keeps it from looking. Thread-safe.
 */
final class Watchdog implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());
    private static final long PERIOD_MILLIS = 100;

    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;

    /** Something that has to be looked after. */
    interface Watched {
        /**
         * Looks after itself; called about ten times a second until it is no longer watched. Must not block.
         *
         * @param now {@link System#nanoTime}
         */
        void inspect(long now);
    }

    Watchdog() {
        this.thread = PlatformThreads.start("stele-watchdog", this::work);
    }

    void watch(Watched one) {
        watched.add(one);
    }

    void unwatch(Watched one) {
        watched.remove(one);
    }

    /** What is watched now. */
    Stream<Watched> watched() {
        return watched.stream();
    }

    private void work() {
        while (!closed.get()) {
            long now = System.nanoTime();
            for (Watched one : watched) {
                try {
                    one.inspect(now);
                } catch (Throwable e) { // the others must still be looked after
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "looking after " + one.getClass().getSimpleName() + " failed",
                            e);
                }
            }
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                // Told to stop, which the loop's condition says, or for no reason.
            }
        }
    }

    @Override
    public void close() {
        closed.set(true);
        thread.interrupt();
    }
}
