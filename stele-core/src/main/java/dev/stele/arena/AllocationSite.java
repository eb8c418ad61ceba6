package dev.stele.arena;

/**
 * A place in the program that allocates, as profiling saw it.
 *
 * @param kind of what
 * @param site class, method and line
 * @param samples allocations seen there, about one in 64 of all
 * @param bytes asked for in those
 */
public record AllocationSite(ArenaKind kind, String site, long samples, long bytes) {}
