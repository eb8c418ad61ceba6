package dev.stele.arena;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Memory pools of all kinds. A process has one shared instance, {@link #shared}, which is created at first use and
 * never closed. Library instances are accounts of it, so that starting and stopping them leaves ids, counts and
 * resident bytes unchanged. Thread-safe.
 */
public final class Arenas {

    private static final System.Logger LOG = System.getLogger(Arenas.class.getName());

    private final ArenaOptions options;
    private final Map<ArenaKind, BlockPool> pools = new EnumMap<>(ArenaKind.class);
    private final Map<ArenaKind, UsageAccount> usages = new EnumMap<>(ArenaKind.class);
    private final AllocationProfiler profiler = new AllocationProfiler();
    private final List<ArenaAccount> accounts = new CopyOnWriteArrayList<>();

    /** Holder of the shared instance, which the initialization of this class creates once. */
    private static final class Shared {
        static final Arenas ARENAS = new Arenas(ArenaOptions.DEFAULT);
    }

    private Arenas(ArenaOptions options) {
        this.options = options;
        for (ArenaKind kind : ArenaKind.values()) {
            pools.put(kind, new BlockPool(options));
            usages.put(kind, new UsageAccount(options.budgets().getOrDefault(kind, Long.MAX_VALUE)));
        }
    }

    /** Returns the shared instance of the process. */
    public static Arenas shared() {
        return Shared.ARENAS;
    }

    /**
     * Creates pools separate from those of the process, for tests.
     *
     * @param options options of the pools
     */
    public static Arenas apart(ArenaOptions options) {
        return new Arenas(options);
    }

    /**
     * Opens an account without its own budgets.
     *
     * @param owner name of the owner, for messages and events
     */
    public ArenaAccount account(String owner) {
        return account(owner, Map.of());
    }

    /**
     * Opens an account with its own budgets, which apply in addition to those of the process.
     *
     * @param owner name of the owner, for messages and events
     * @param budgets maximum number of active bytes per kind; a kind without an entry has no limit of its own
     * @return the account, which the owner must close
     * @throws IllegalArgumentException if a budget is negative
     */
    public ArenaAccount account(String owner, Map<ArenaKind, Long> budgets) {
        var closed = new AtomicBoolean();
        var arenas = new EnumMap<ArenaKind, TypedArena>(ArenaKind.class);
        for (ArenaKind kind : ArenaKind.values()) {
            long budget = budgets.getOrDefault(kind, Long.MAX_VALUE);
            if (budget < 0) {
                throw new IllegalArgumentException("the budget of " + kind.label() + " is negative: " + budget);
            }
            arenas.put(
                    kind,
                    new TypedArena(
                            kind,
                            owner,
                            pool(kind),
                            ledger(kind),
                            new UsageAccount(budget),
                            options,
                            profiler,
                            closed));
        }
        var account = new ArenaAccount(owner, arenas, closed, accounts::remove);
        accounts.add(account);
        return account;
    }

    private BlockPool pool(ArenaKind kind) {
        return found(pools.get(kind));
    }

    private UsageAccount ledger(ArenaKind kind) {
        return found(usages.get(kind));
    }

    private static <T> T found(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException();
        }
        return value;
    }

    /** Returns whether memory is allocated outside the heap. */
    public boolean offHeap() {
        return options.offHeap();
    }

    /** Returns the open accounts in the order of their creation. */
    public List<ArenaAccount> accounts() {
        return List.copyOf(accounts);
    }

    /** Returns the statistics of one kind over all accounts. */
    public ArenaStats stats(ArenaKind kind) {
        return ledger(kind).stats(pool(kind).resident());
    }

    /** Returns the sums of the statistics of all kinds. */
    public ArenaStats total() {
        ArenaStats total = null;
        for (ArenaKind kind : ArenaKind.values()) {
            total = total == null ? stats(kind) : total.plus(stats(kind));
        }
        return found(total);
    }

    /**
     * Returns the free memory of one kind to the system; memory in use is not affected.
     *
     * @param kind kind of memory
     * @return number of bytes returned
     */
    public long purge(ArenaKind kind) {
        long bytes = pool(kind).trim();
        var event = new JfrEvents.Purge();
        event.kind = kind.label();
        event.bytes = bytes;
        event.commit();
        LOG.log(System.Logger.Level.DEBUG, () -> "purged " + bytes + " bytes of " + kind.label());
        return bytes;
    }

    /**
     * Returns the free memory of all kinds to the system; memory in use is not affected.
     *
     * @return number of bytes returned, by kind
     */
    public Map<ArenaKind, Long> optimize() {
        var bytes = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        for (ArenaKind kind : ArenaKind.values()) {
            bytes.put(kind, purge(kind));
        }
        return bytes;
    }

    /**
     * Starts a background thread that checks every kind at an interval and returns the free memory of idle kinds.
     *
     * @param interval time between two checks, positive
     * @param idleShare share of the resident bytes of a kind, 0 to 1, above which the kind counts as idle
     * @return handle that ends the thread when closed
     * @throws IllegalArgumentException if the interval or the share is out of range
     */
    public IdleMemoryReclaimer autoOptimize(Duration interval, double idleShare) {
        if (interval.isNegative() || interval.isZero() || !(idleShare >= 0 && idleShare <= 1)) {
            throw new IllegalArgumentException(
                    "cannot optimize every %s at an idle share of %s".formatted(interval, idleShare));
        }
        return new IdleMemoryReclaimer(this, interval, idleShare);
    }

    /**
     * Enables or disables the recording of one allocation in 64 with its site, for {@link #sites} and as an event of
     * the JDK Flight Recorder. Disabled by default.
     */
    public void profiling(boolean on) {
        profiler.turn(on);
    }

    /** Returns whether allocations are recorded. */
    public boolean profiling() {
        return profiler.on();
    }

    /** Returns the sites that allocated while profiling was enabled, in descending order of bytes; at most 1,001. */
    public List<AllocationSite> sites() {
        return profiler.sites();
    }

    /** Resets the counters of the process and of all accounts, and the recorded allocation sites. */
    public void reset() {
        profiler.reset();
        usages.values().forEach(UsageAccount::reset);
        accounts.forEach(ArenaAccount::reset);
    }
}
