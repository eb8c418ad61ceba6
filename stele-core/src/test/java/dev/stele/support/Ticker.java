package dev.stele.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** A virtual thread that wakes regularly and measures how late it is, until it is closed. */
public final class Ticker implements AutoCloseable {

    private static final long INTERVAL_NANOS = 2_000_000;

    private final List<Long> lateNanos = Collections.synchronizedList(new ArrayList<>());
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread thread = Thread.ofVirtual().start(this::tick);

    private void tick() {
        while (!stopped.get()) {
            long start = System.nanoTime();
            LockSupport.parkNanos(INTERVAL_NANOS);
            lateNanos.add(System.nanoTime() - start - INTERVAL_NANOS);
        }
    }

    /**
     * Returns a percentile of the delays so far.
     *
     * @param share 0 to 1; 1 for the longest
     */
    public Duration percentile(double share) {
        return percentile(lateNanos, share);
    }

    /** Returns a percentile of times in nanoseconds. */
    public static Duration percentile(List<Long> nanos, double share) {
        List<Long> sorted = List.copyOf(nanos).stream().sorted().toList();
        return Duration.ofNanos(sorted.get((int) Math.min(sorted.size() - 1.0, share * sorted.size())));
    }

    @Override
    public void close() throws InterruptedException {
        stopped.set(true);
        thread.join();
    }
}
