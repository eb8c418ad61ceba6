package dev.stele.arena;

/**
 * Figures of one kind, or of all added up, taken under one lock and so consistent with each other.
 *
 * @param allocated bytes that callers asked for and have not released
 * @param active bytes of the blocks that hold them, rounded up to block sizes
 * @param resident bytes taken from the system, free blocks included; of an account, its active bytes
 * @param peak the most {@code active} ever was
 * @param budget most active bytes, or {@link Long#MAX_VALUE} for no bound
 * @param allocations blocks ever given out
 * @param releases blocks ever given back
 * @param hits allocations served from memory that was there
 * @param misses allocations that took memory from the system
 * @param refusals allocations refused by the budget
 * @param heapFallbacks allocations served by the heap because of the budget or because the system refused
 * @param leaks blocks found lost without release
 */
public record ArenaStats(
        long allocated,
        long active,
        long resident,
        long peak,
        long budget,
        long allocations,
        long releases,
        long hits,
        long misses,
        long refusals,
        long heapFallbacks,
        long leaks) {

    /** The share of active bytes that nobody asked for: 1 - allocated / active, 0 when nothing is active. */
    public double fragmentation() {
        return active == 0 ? 0 : 1 - (double) allocated / active;
    }

    /** The share of resident bytes that is asked for: allocated / resident, 1 when nothing is resident. */
    public double efficiency() {
        return resident == 0 ? 1 : (double) allocated / resident;
    }

    /** The share of resident bytes that serves nobody just now: 1 - active / resident, 0 when nothing is resident. */
    public double idleShare() {
        return resident == 0 ? 0 : Math.max(0, 1 - (double) active / resident);
    }

    /** Blocks given out and not back. */
    public long outstanding() {
        return allocations - releases;
    }

    ArenaStats plus(ArenaStats other) {
        return new ArenaStats(
                allocated + other.allocated,
                active + other.active,
                resident + other.resident,
                peak + other.peak,
                saturated(budget, other.budget),
                allocations + other.allocations,
                releases + other.releases,
                hits + other.hits,
                misses + other.misses,
                refusals + other.refusals,
                heapFallbacks + other.heapFallbacks,
                leaks + other.leaks);
    }

    private static long saturated(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
