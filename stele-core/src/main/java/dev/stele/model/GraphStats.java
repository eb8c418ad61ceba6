package dev.stele.model;

/**
 * Size of the graph of an agent. Immutable.
 *
 * @param entities number of entities that are neither retired nor stubs
 * @param observations number of observations that are not retired
 * @param relations number of relations that are not retired
 */
public record GraphStats(long entities, long observations, long relations) {}
