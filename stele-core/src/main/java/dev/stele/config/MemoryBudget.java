package dev.stele.config;

import dev.stele.Stele;
import dev.stele.model.InvalidInputException;

/**
 * Maximum memory of one {@link Stele} for data that can be recomputed. Immutable.
 *
 * @param indexBytes bytes for the index snapshots and posting lists of all agents together ({@code memory.index-bytes})
 * @param cacheBytes bytes for cached results of all agents together ({@code memory.cache-bytes})
 * @param taskBytes bytes for batches in progress, such as texts being embedded; a batch waits until its bytes are free
 *     ({@code arena.task-bytes})
 * @param graphFrom minimum number of vectors of an agent for which a vector graph (HNSW) is built, so that a query
 *     compares few of them; 0 for never. Building the graph takes some 400 bytes of memory per vector
 *     ({@code memory.hnsw-threshold})
 */
public record MemoryBudget(long indexBytes, long cacheBytes, long taskBytes, int graphFrom) {

    public static final MemoryBudget DEFAULT = new MemoryBudget(512L << 20, 64L << 20, 256L << 20, 2_000_000);

    public MemoryBudget {
        if (indexBytes < 0 || cacheBytes < 0 || taskBytes < 0 || graphFrom < 0) {
            throw new InvalidInputException(
                    "memory.index-bytes, memory.cache-bytes, arena.task-bytes and memory.hnsw-threshold cannot be negative.");
        }
    }

    /** Returns the share of the index budget for posting lists, in bytes. */
    public long postingBytes() {
        return indexBytes / 8;
    }

    /** Returns the share of the index budget for index snapshots, in bytes. */
    public long snapshotBytes() {
        return indexBytes - postingBytes();
    }

    /** Returns the budget for snapshots of segments, in bytes: as much as for posting lists, in addition to them. */
    public long segmentBytes() {
        return indexBytes / 8;
    }
}
