package dev.stele.arena;

/**
 * Exception thrown when an allocation would exceed a budget. Nothing was allocated; the caller may release memory,
 * wait, or raise the budget.
 */
public final class ArenaExhaustedException extends RuntimeException {

    private final ArenaKind kind;

    ArenaExhaustedException(ArenaKind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Returns the kind of memory whose budget is exhausted. */
    public ArenaKind kind() {
        return kind;
    }
}
