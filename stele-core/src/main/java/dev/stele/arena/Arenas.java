package dev.stele.arena;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The pools of all kinds. A process has one, {@link #shared}, made at first use and never closed: instances come and go
 * as accounts of it, so starting and stopping them leaves ids, counts and resident bytes where they were. Thread-safe.
 */
public final class Arenas {

    private static final System.Logger LOG = System.getLogger(Arenas.class.getName());

    private final ArenaOptions options;
    private final Map<ArenaKind, BlockPool> pools = new EnumMap<>(ArenaKind.class);
    private final Map<ArenaKind, UsageAccount> ledgers = new EnumMap<>(ArenaKind.class);
    private final AllocationProfiler profile = new AllocationProfiler();
    private final List<ArenaAccount> accounts = new CopyOnWriteArrayList<>();

    /** Made once, by the initialisation of this class. */
    private static final class Shared {
        static final Arenas ARENAS = new Arenas(ArenaOptions.DEFAULT);
    }

    private Arenas(ArenaOptions options) {
        this.options = options;
        for (ArenaKind kind : ArenaKind.values()) {
            pools.put(kind, new BlockPool(options));
            ledgers.put(kind, new UsageAccount(options.budgets().getOrDefault(kind, Long.MAX_VALUE)));
        }
    }

    /** The process's own. */
    public static Arenas shared() {
        return Shared.ARENAS;
    }

    /** Pools apart from the process's, for tests. */
    public static Arenas apart(ArenaOptions options) {
        return new Arenas(options);
    }

    /** An account without budgets of its own. */
    public ArenaAccount account(String owner) {
        return account(owner, Map.of());
    }

    /** An account with a budget for some kinds, within the process's. */
    public ArenaAccount account(String owner, Map<ArenaKind, Long> budgets) {
        var closed = new AtomicBoolean();
        var arenas = new EnumMap<ArenaKind, TypedArena>(ArenaKind.class);
        for (ArenaKind kind : ArenaKind.values()) {
            long budget = budgets.getOrDefault(kind, Long.MAX_VALUE);
            if (budget < 0) {
                throw new IllegalArgumentException("the budget of " + kind.word() + " is negative: " + budget);
            }
            arenas.put(
                    kind,
                    new TypedArena(
                            kind, owner, pool(kind), ledger(kind), new UsageAccount(budget), options, profile, closed));
        }
        var account = new ArenaAccount(owner, arenas, closed, accounts::remove);
        accounts.add(account);
        return account;
    }

    private BlockPool pool(ArenaKind kind) {
        return found(pools.get(kind));
    }

    private UsageAccount ledger(ArenaKind kind) {
        return found(ledgers.get(kind));
    }

    private static <T> T found(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException();
        }
        return value;
    }

    /** Whether memory is taken outside the heap. */
    public boolean offHeap() {
        return options.offHeap();
    }

    /** Accounts that are open, in the order they were made. */
    public List<ArenaAccount> accounts() {
        return List.copyOf(accounts);
    }

    /** Figures of one kind over all accounts. */
    public ArenaStats stats(ArenaKind kind) {
        return ledger(kind).stats(pool(kind).resident());
    }

    /** Figures of all kinds added up. */
    public ArenaStats total() {
        ArenaStats total = null;
        for (ArenaKind kind : ArenaKind.values()) {
            total = total == null ? stats(kind) : total.plus(stats(kind));
        }
        return found(total);
    }

    /** Gives free memory of one kind back to the system; what is in use stays. Returns the bytes given back. */
    public long purge(ArenaKind kind) {
        long bytes = pool(kind).trim();
        var event = new JfrEvents.Purge();
        event.kind = kind.word();
        event.bytes = bytes;
        event.commit();
        LOG.log(System.Logger.Level.DEBUG, () -> "purged " + bytes + " bytes of " + kind.word());
        return bytes;
    }

    /** Gives free memory of all kinds back to the system. Returns the bytes given back, by kind. */
    public Map<ArenaKind, Long> optimize() {
        var bytes = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        for (ArenaKind kind : ArenaKind.values()) {
            bytes.put(kind, purge(kind));
        }
        return bytes;
    }

    /**
     * Optimizes by itself: looks at every kind at this pace and gives back what is free of those that are idle.
     *
     * @param every time between two looks, longer than nothing
     * @param idleShare share of a kind's resident bytes, 0 to 1, above which it counts as idle
     * @return ends it when closed
     */
    public IdleMemoryReclaimer autoOptimize(Duration every, double idleShare) {
        if (every.isNegative() || every.isZero() || !(idleShare >= 0 && idleShare <= 1)) {
            throw new IllegalArgumentException(
                    "cannot optimize every %s at an idle share of %s".formatted(every, idleShare));
        }
        return new IdleMemoryReclaimer(this, every, idleShare);
    }

    /**
     * Whether one allocation in 64 is noted with the place that asked for it, for {@link #sites} and as an event of the
     * flight recorder. Off at first.
     */
    public void profiling(boolean on) {
        profile.turn(on);
    }

    public boolean profiling() {
        return profile.on();
    }

    /** Places that allocated while profiling was on, those that asked for most bytes first; at most a thousand and one. */
    public List<AllocationSite> sites() {
        return profile.sites();
    }

    /** Sets counts of the past to zero, of the process and of every account, and forgets the profile. */
    public void reset() {
        profile.reset();
        ledgers.values().forEach(UsageAccount::reset);
        accounts.forEach(ArenaAccount::reset);
    }
}
