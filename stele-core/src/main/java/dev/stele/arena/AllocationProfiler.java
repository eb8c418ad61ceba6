package dev.stele.arena;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Which places in the program allocate, by samples taken while it is on. Thread-safe. */
final class AllocationProfiler {

    /** One allocation in so many is looked at: walking a stack costs a microsecond or two. */
    static final int SAMPLING = 64;

    private static final int MAX_SITES = 1_000;
    private static final String OWN_PACKAGE = AllocationProfiler.class.getPackageName() + ".";
    private static final StackWalker STACK = StackWalker.getInstance();

    private record Key(ArenaKind kind, String site) {}

    private static final class Sums {
        final LongAdder samples = new LongAdder();
        final LongAdder bytes = new LongAdder();
    }

    private final Map<Key, Sums> sums = new ConcurrentHashMap<>();
    private final AtomicLong seen = new AtomicLong();
    /** Written by {@link Arenas#profiling} alone; a late reader takes one sample more or less. */
    private volatile boolean on;

    /** Whether a class is of the arenas, and so not the place that anybody looks for. */
    static boolean isOwn(String className) {
        return className.startsWith(OWN_PACKAGE);
    }

    void turn(boolean wanted) {
        on = wanted;
    }

    boolean on() {
        return on;
    }

    void allocated(ArenaKind kind, String owner, long bytes) {
        if (!on || seen.getAndIncrement() % SAMPLING != 0) {
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

    /** Places seen so far, those that asked for most bytes first. */
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
