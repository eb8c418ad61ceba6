package dev.stele.model;

/**
 * How large an agent's graph is. Immutable.
 *
 * @param entities that are not retired, stubs not counted
 * @param observations that are not retired
 * @param relations that are not retired
 */
public record GraphStats(long entities, long observations, long relations) {}
