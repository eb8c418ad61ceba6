package dev.stele.arena;

/** A budget would be passed. Nothing was allocated; release something, wait, or raise the budget. */
public final class ArenaExhaustedException extends RuntimeException {

    private final ArenaKind kind;

    ArenaExhaustedException(ArenaKind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Whose budget it is. */
    public ArenaKind kind() {
        return kind;
    }
}
