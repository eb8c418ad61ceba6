package dev.stele.arena;

/**
 * Place in the program that allocates memory, as recorded by the sampling profiler. Immutable.
 *
 * @param kind kind of memory
 * @param site class, method and line
 * @param samples number of sampled allocations at the site, about one in 64 of all
 * @param bytes total size of the sampled allocations
 */
public record AllocationSite(ArenaKind kind, String site, long samples, long bytes) {}
