package dev.stele.arena;

import java.time.Duration;

/**
 * Behavior of an allocation when a budget is exhausted. Each outcome is counted in {@link ArenaStats}. Implementations
 * are immutable.
 */
public sealed interface OverBudgetPolicy {

    /** Throws an {@link ArenaExhaustedException} at once. */
    record Fail() implements OverBudgetPolicy {}

    /** Allocates memory on the heap, with the same interface and outside every budget. */
    record UseHeap() implements OverBudgetPolicy {}

    /**
     * Waits for a release and acts as {@link Fail} if none suffices in time.
     *
     * @param most maximum waiting time
     */
    record Await(Duration most) implements OverBudgetPolicy {}

    OverBudgetPolicy FAIL = new Fail();
    OverBudgetPolicy USE_HEAP = new UseHeap();
}
