package dev.stele.recall;

import java.util.function.IntConsumer;

/**
 * Bit sets in {@code long} arrays, for inner loops in which the checks of {@link java.util.BitSet} cost too
 * much. Stateless.
 */
final class Bits {

    private Bits() {}

    /**
     * Returns an empty set.
     *
     * @param size number of values that the set can hold: 0 to {@code size - 1}
     */
    static long[] none(int size) {
        return new long[(size + Long.SIZE - 1) / Long.SIZE];
    }

    /**
     * Returns a set of given values.
     *
     * @param size number of values that the set can hold
     * @param values values from 0 to {@code size - 1}
     * @param count number of leading elements of {@code values} that are added
     */
    static long[] of(int size, int[] values, int count) {
        long[] bits = none(size);
        for (int i = 0; i < count; i++) {
            set(bits, values[i]);
        }
        return bits;
    }

    /**
     * Adds a value. There is no test whether the set contains it already, because the branch would be unpredictable.
     */
    static void set(long[] bits, int value) {
        bits[value >>> 6] |= 1L << value;
    }

    /** Returns whether the set contains a value. */
    static boolean get(long[] bits, int value) {
        return (bits[value >>> 6] & 1L << value) != 0;
    }

    /** Returns whether the set contains any of three values; without branches. */
    static boolean any(long[] bits, int a, int b, int c) {
        return ((bits[a >>> 6] >>> a | bits[b >>> 6] >>> b | bits[c >>> 6] >>> c) & 1) != 0;
    }

    /** Passes each value to a consumer, in ascending order. */
    static void each(long[] bits, IntConsumer consumer) {
        for (int word = 0; word < bits.length; word++) {
            for (long remaining = bits[word]; remaining != 0; remaining &= remaining - 1) {
                consumer.accept(word * Long.SIZE + Long.numberOfTrailingZeros(remaining));
            }
        }
    }
}
