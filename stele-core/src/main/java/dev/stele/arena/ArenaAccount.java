package dev.stele.arena;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The share of one server or library instance: an arena of each kind with budgets and figures of its own, over the
 * process's pools. Closing it reports what is still out, by kind. Thread-safe.
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

    public String owner() {
        return owner;
    }

    public TypedArena arena(ArenaKind kind) {
        TypedArena arena = arenas.get(kind);
        if (arena == null) {
            throw new IllegalStateException("no arena of kind " + kind);
        }
        return arena;
    }

    /** Figures by kind. */
    public Map<ArenaKind, ArenaStats> stats() {
        var stats = new EnumMap<ArenaKind, ArenaStats>(ArenaKind.class);
        arenas.forEach((kind, arena) -> stats.put(kind, arena.stats()));
        return stats;
    }

    /** Sets counts of the past to zero. */
    public void reset() {
        arenas.values().forEach(TypedArena::reset);
    }

    /** Gives out nothing any more. What is out stays usable and is named in the log; its owner releases it as ever. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stats().forEach((kind, stats) -> {
                if (stats.outstanding() > 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "%s closed with %d %s blocks of %d bytes outstanding"
                                    .formatted(owner, stats.outstanding(), kind.word(), stats.allocated()));
                }
            });
            onClose.accept(this);
        }
    }
}
