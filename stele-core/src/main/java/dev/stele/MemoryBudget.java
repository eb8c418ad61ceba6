package dev.stele;

import dev.stele.model.InvalidInputException;

/**
 * How much memory one {@link Stele} may take for what it could make again. Immutable.
 *
 * @param indexBytes for pictures of live items, all agents together ({@code memory.index-bytes})
 * @param cacheBytes for answers kept, all agents together ({@code memory.cache-bytes})
 * @param taskBytes for batches in work, such as texts being embedded; without room a batch waits ({@code
 *     arena.task-bytes})
 */
public record MemoryBudget(long indexBytes, long cacheBytes, long taskBytes) {

    public static final MemoryBudget DEFAULT = new MemoryBudget(512L << 20, 64L << 20, 256L << 20);

    public MemoryBudget {
        if (indexBytes < 0 || cacheBytes < 0 || taskBytes < 0) {
            throw new InvalidInputException(
                    "memory.index-bytes, memory.cache-bytes and arena.task-bytes cannot be negative.");
        }
    }
}
