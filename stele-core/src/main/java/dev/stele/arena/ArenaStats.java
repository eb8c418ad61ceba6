package dev.stele.arena;

/**
 * Memory statistics of one kind, or the sums over all kinds. The values of one kind are read under one lock and
 * therefore consistent with each other. Immutable.
 *
 * @param allocated bytes that callers requested and have not released
 * @param active bytes of the blocks that hold them, rounded up to block sizes
 * @param resident bytes taken from the system, free blocks included; for an account, its active bytes
 * @param peak maximum of {@code active} so far
 * @param budget maximum number of active bytes, or {@link Long#MAX_VALUE} for no limit
 * @param allocations number of blocks allocated
 * @param releases number of blocks released
 * @param hits number of allocations served from pooled memory
 * @param misses number of allocations that took memory from the system
 * @param refusals number of allocations refused by the budget
 * @param heapFallbacks number of allocations served by the heap because of the budget or because the system had no
 *     memory
 * @param leaks number of blocks that were lost without release
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

    /** Returns the share of active bytes that no caller requested: 1 - allocated / active; 0 if nothing is active. */
    public double fragmentation() {
        return active == 0 ? 0 : 1 - (double) allocated / active;
    }

    /** Returns the share of resident bytes that callers requested: allocated / resident; 1 if nothing is resident. */
    public double efficiency() {
        return resident == 0 ? 1 : (double) allocated / resident;
    }

    /** Returns the share of resident bytes that are not in use: 1 - active / resident; 0 if nothing is resident. */
    public double idleShare() {
        return resident == 0 ? 0 : Math.max(0, 1 - (double) active / resident);
    }

    /** Returns the number of blocks that are allocated and not released. */
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
