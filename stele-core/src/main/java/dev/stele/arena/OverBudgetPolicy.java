package dev.stele.arena;

import java.time.Duration;

/** What a caller wants to happen when a budget is used up. Each outcome is counted. */
public sealed interface OverBudgetPolicy {

    /** An {@link ArenaExhaustedException} at once. */
    record Fail() implements OverBudgetPolicy {}

    /** Memory of the heap instead, with the same interface, outside every budget. */
    record UseHeap() implements OverBudgetPolicy {}

    /** Wait for somebody to release, at most so long, then {@link Fail}. */
    record Await(Duration most) implements OverBudgetPolicy {}

    OverBudgetPolicy FAIL = new Fail();
    OverBudgetPolicy USE_HEAP = new UseHeap();
}
