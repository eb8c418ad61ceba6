package dev.stele.arena;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Account of one server or library instance: an arena of each kind with its own budgets and statistics, on top of the
 * pools of the process. {@link #close} logs the blocks that are not released, by kind. Thread-safe.
 */
public final class ArenaAccount implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ArenaAccount.class.getName());

    private final String owner;
    private final Map<ArenaKind, TypedArena> arenas;
    private final AtomicBoolean closed;
    private final Consumer<ArenaAccount> onClose;

    ArenaAccount(
            String owner, Map<ArenaKind, TypedArena> arenas, AtomicBoolean closed, Consumer<ArenaAccount> onClose) {
        this.owner = owner;
        this.arenas = Collections.unmodifiableMap(new EnumMap<>(arenas));
        this.closed = closed;
        this.onClose = onClose;
    }

    /** Returns the name of the owner. */
    public String owner() {
        return owner;
    }

    /** Returns the arena of a kind. */
    public TypedArena arena(ArenaKind kind) {
        TypedArena arena = arenas.get(kind);
        if (arena == null) {
            throw new IllegalStateException("no arena of kind " + kind);
        }
        return arena;
    }

    /** Returns the statistics by kind. */
    public Map<ArenaKind, ArenaStats> stats() {
        var stats = new EnumMap<ArenaKind, ArenaStats>(ArenaKind.class);
        arenas.forEach((kind, arena) -> stats.put(kind, arena.stats()));
        return stats;
    }

    /** Resets the counters. */
    public void reset() {
        arenas.values().forEach(TypedArena::reset);
    }

    /**
     * Closes the account: later allocations fail. Blocks in use remain valid and are logged as a warning; their owners
     * release them as usual. Idempotent.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stats().forEach((kind, stats) -> {
                if (stats.outstanding() > 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "%s closed with %d %s blocks of %d bytes outstanding"
                                    .formatted(owner, stats.outstanding(), kind.label(), stats.allocated()));
                }
            });
            onClose.accept(this);
        }
    }
}
