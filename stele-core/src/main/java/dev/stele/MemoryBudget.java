package dev.stele;

import dev.stele.model.InvalidInputException;

/**
 * How much memory one {@link Stele} may take for what it could make again. Immutable.
 *
 * @param indexBytes for pictures of live items and where their words occur, all agents together ({@code memory.index-bytes})
 * @param cacheBytes for answers kept, all agents together ({@code memory.cache-bytes})
 * @param taskBytes for batches in work, such as texts being embedded; without room a batch waits ({@code
 *     arena.task-bytes})
 * @param graphFrom vectors of an agent from which a graph is made over them, so that a question compares few; 0 for never. While it is made it takes
 *     some 400 bytes of memory a vector ({@code memory.vector-graph-from})
 */
public record MemoryBudget(long indexBytes, long cacheBytes, long taskBytes, int graphFrom) {

    public static final MemoryBudget DEFAULT = new MemoryBudget(512L << 20, 64L << 20, 256L << 20, 2_000_000);

    public MemoryBudget {
        if (indexBytes < 0 || cacheBytes < 0 || taskBytes < 0 || graphFrom < 0) {
            throw new InvalidInputException(
                    "memory.index-bytes, memory.cache-bytes, arena.task-bytes and memory.vector-graph-from cannot be negative.");
        }
    }

    /** What of the index may say where words occur. */
    long wordBytes() {
        return indexBytes / 8;
    }

    /** What of it pictures may take. */
    long pictureBytes() {
        return indexBytes - wordBytes();
    }
}
