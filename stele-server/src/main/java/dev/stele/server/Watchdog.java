package dev.stele.server;

import dev.stele.concurrent.PlatformThreads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Thread that inspects everything in progress ten times a second: requests past their deadline, slow bodies, clients
 * that do not read, revoked keys. Thread-safe.
 *
 * <p>The inspections have a thread of their own, so that no load on the thread pools can delay them. Users register
 * with {@link #watch} and must unregister with {@link #unwatch}.
 */
final class Watchdog implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());
    private static final long PERIOD_MILLIS = 100;

    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;

    /** Object that the watchdog inspects. */
    interface Watched {
        /**
         * Checks deadlines and ends the work if one has passed. Called every {@value #PERIOD_MILLIS} ms on the thread
         * of the watchdog until the object is unregistered. Must not block.
         *
         * @param now current {@link System#nanoTime}
         */
        void inspect(long now);
    }

    Watchdog() {
        this.thread = PlatformThreads.start("stele-watchdog", this::inspectAll);
    }

    /** Registers an object for inspection. */
    void watch(Watched object) {
        watched.add(object);
    }

    /** Unregisters an object. Has no effect if the object is not registered. */
    void unwatch(Watched object) {
        watched.remove(object);
    }

    /** Returns the registered objects; weakly consistent. */
    Stream<Watched> watched() {
        return watched.stream();
    }

    private void inspectAll() {
        while (!closed.get()) {
            long now = System.nanoTime();
            for (Watched object : watched) {
                try {
                    object.inspect(now);
                } catch (Throwable e) { // the other objects must still be inspected
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "the inspection of " + object.getClass().getSimpleName() + " failed",
                            e);
                }
            }
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                // The condition of the loop tells whether the watchdog was closed.
            }
        }
    }

    @Override
    public void close() {
        closed.set(true);
        thread.interrupt();
    }
}
