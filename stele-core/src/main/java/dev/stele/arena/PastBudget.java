package dev.stele.arena;

import java.time.Duration;

/** What a caller wants to happen when a budget is used up. Each outcome is counted. */
public sealed interface PastBudget {

    /** An {@link ArenaExhaustedException} at once. */
    record Fail() implements PastBudget {}

    /** Memory of the heap instead, with the same interface, outside every budget. */
    record UseHeap() implements PastBudget {}

    /** Wait for somebody to release, at most so long, then {@link Fail}. */
    record Await(Duration most) implements PastBudget {}

    PastBudget FAIL = new Fail();
    PastBudget USE_HEAP = new UseHeap();
}
