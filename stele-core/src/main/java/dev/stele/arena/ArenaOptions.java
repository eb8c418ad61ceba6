package dev.stele.arena;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How pools are made. Immutable.
 *
 * @param slabBytes most bytes asked of the system at once for blocks up to a quarter of it; a power of two, 64 KiB to 64 MiB
 * @param budgets most bytes of each kind over all accounts; a kind left out has no bound
 * @param offHeap whether memory is taken outside the heap; without, the same interface is backed by the heap
 * @param checked whether every block has a lifetime of its own, so that any use after release fails; for tests, as it
 *     costs some 30 µs a block
 * @param leakSampling one in so many blocks remembers where it was allocated and is watched for being lost; 1 for all
 */
public record ArenaOptions(
        int slabBytes, Map<ArenaKind, Long> budgets, boolean offHeap, boolean checked, int leakSampling) {

    public static final ArenaOptions DEFAULT = new ArenaOptions(1 << 20, Map.of(), true, false, 256);

    /** For tests: every block checked and watched. */
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
        budgets.forEach((kind, most) -> {
            if (most < 0) {
                throw new IllegalArgumentException("the budget of " + kind.word() + " is negative: " + most);
            }
            copy.put(kind, most);
        });
        budgets = Collections.unmodifiableMap(copy);
    }

    public ArenaOptions withBudget(ArenaKind kind, long most) {
        var changed = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        changed.putAll(budgets);
        changed.put(kind, most);
        return new ArenaOptions(slabBytes, changed, offHeap, checked, leakSampling);
    }

    public ArenaOptions onHeap() {
        return new ArenaOptions(slabBytes, budgets, false, checked, leakSampling);
    }
}
