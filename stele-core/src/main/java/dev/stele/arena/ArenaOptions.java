package dev.stele.arena;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Options of memory pools. Immutable.
 *
 * @param slabBytes maximum number of bytes requested from the system at once for blocks of up to a quarter of this
 *     size; a power of two, 64 KiB to 64 MiB
 * @param budgets maximum number of active bytes per kind over all accounts; a kind without an entry has no limit
 * @param offHeap whether memory is allocated outside the heap; otherwise the heap backs the same interface
 * @param checked whether every block has its own lifetime, so that any use after release throws; for tests, as it costs
 *     about 30 µs per block
 * @param leakSampling sampling interval of leak detection: one block in this many records where it was allocated and is
 *     monitored for leaks; 1 for all blocks
 */
public record ArenaOptions(
        int slabBytes, Map<ArenaKind, Long> budgets, boolean offHeap, boolean checked, int leakSampling) {

    /** Off-heap memory in slabs of 1 MiB, no budgets, one block in 256 monitored for leaks. */
    public static final ArenaOptions DEFAULT = new ArenaOptions(1 << 20, Map.of(), true, false, 256);

    /** Options for tests: every block is checked and monitored for leaks. */
    public static final ArenaOptions CHECKED = new ArenaOptions(1 << 20, Map.of(), true, true, 1);

    public ArenaOptions {
        if (Integer.bitCount(slabBytes) != 1 || slabBytes < 1 << 16 || slabBytes > 1 << 26) {
            throw new IllegalArgumentException(
                    "slabBytes is " + slabBytes + "; it must be a power of two from 64 KiB to 64 MiB");
        }
        if (leakSampling < 1) {
            throw new IllegalArgumentException("leakSampling is " + leakSampling + "; it must be at least 1");
        }
        var copy = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        budgets.forEach((kind, maxBytes) -> {
            if (maxBytes < 0) {
                throw new IllegalArgumentException("the budget of " + kind.label() + " is negative: " + maxBytes);
            }
            copy.put(kind, maxBytes);
        });
        budgets = Collections.unmodifiableMap(copy);
    }

    /**
     * Returns these options with another budget of one kind.
     *
     * @param kind kind of memory
     * @param maxBytes maximum number of active bytes, at least 0
     */
    public ArenaOptions withBudget(ArenaKind kind, long maxBytes) {
        var changed = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        changed.putAll(budgets);
        changed.put(kind, maxBytes);
        return new ArenaOptions(slabBytes, changed, offHeap, checked, leakSampling);
    }

    /** Returns these options with memory on the heap. */
    public ArenaOptions onHeap() {
        return new ArenaOptions(slabBytes, budgets, false, checked, leakSampling);
    }
}
