package dev.stele.arena;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Sampling profiler that records the places in the program that allocate memory while it is enabled. Thread-safe. */
final class AllocationProfiler {

    /** Number of allocations per sample; walking a stack costs one to two microseconds. */
    static final int SAMPLING = 64;

    /** Maximum number of sites recorded separately; later sites are combined into one. */
    private static final int MAX_SITES = 1_000;

    private static final String OWN_PACKAGE = AllocationProfiler.class.getPackageName() + ".";
    private static final StackWalker STACK = StackWalker.getInstance();

    private record Key(ArenaKind kind, String site) {}

    private static final class Sums {
        final LongAdder samples = new LongAdder();
        final LongAdder bytes = new LongAdder();
    }

    private final Map<Key, Sums> sums = new ConcurrentHashMap<>();
    private final AtomicLong allocations = new AtomicLong();
    /**
     * Whether the profiler is enabled. Written by {@link Arenas#profiling} only; a thread that reads the old value
     * takes one sample more or less.
     */
    private volatile boolean enabled;

    /**
     * Returns whether a class belongs to this package; its frames are skipped, because callers look for the place that
     * uses the arena.
     */
    static boolean isOwn(String className) {
        return className.startsWith(OWN_PACKAGE);
    }

    /** Enables or disables the profiler. */
    void turn(boolean enable) {
        enabled = enable;
    }

    boolean on() {
        return enabled;
    }

    void allocated(ArenaKind kind, String owner, long bytes) {
        if (!enabled || allocations.getAndIncrement() % SAMPLING != 0) {
            return;
        }
        var event = new JfrEvents.Allocation();
        if (event.isEnabled()) {
            event.concerns(kind, owner, bytes);
            event.commit();
        }
        String site = STACK.walk(frames -> frames.filter(frame -> !isOwn(frame.getClassName()))
                .findFirst()
                .map(frame -> frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber())
                .orElse("unknown"));
        var key = new Key(kind, sums.size() < MAX_SITES ? site : "elsewhere");
        Sums sum = sums.computeIfAbsent(key, _ -> new Sums());
        sum.samples.increment();
        sum.bytes.add(bytes);
    }

    /** Returns the recorded sites in descending order of bytes. */
    List<AllocationSite> sites() {
        return sums.entrySet().stream()
                .map(entry -> new AllocationSite(
                        entry.getKey().kind(),
                        entry.getKey().site(),
                        entry.getValue().samples.sum(),
                        entry.getValue().bytes.sum()))
                .sorted(Comparator.comparingLong(AllocationSite::bytes).reversed())
                .toList();
    }

    void reset() {
        sums.clear();
    }
}
