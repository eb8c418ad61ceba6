package dev.stele.recall;

import java.util.function.IntConsumer;

/** Sets of small numbers as bits of words, for loops in which a {@link java.util.BitSet} asks too much. */
final class Bits {

    private Bits() {}

    /** An empty set of numbers below a bound. */
    static long[] none(int below) {
        return new long[(below + Long.SIZE - 1) / Long.SIZE];
    }

    /**
     * A set of numbers below a bound.
     *
     * @param numbers of which the first so many are in it
     */
    static long[] of(int below, int[] numbers, int count) {
        long[] bits = none(below);
        for (int i = 0; i < count; i++) {
            set(bits, numbers[i]);
        }
        return bits;
    }

    /** Without asking whether it is in, for a processor cannot guess the answer. */
    static void set(long[] bits, int number) {
        bits[number >>> 6] |= 1L << number;
    }

    static boolean get(long[] bits, int number) {
        return (bits[number >>> 6] & 1L << number) != 0;
    }

    /** Whether any of three numbers is in, without asking for one after the other. */
    static boolean any(long[] bits, int a, int b, int c) {
        return ((bits[a >>> 6] >>> a | bits[b >>> 6] >>> b | bits[c >>> 6] >>> c) & 1) != 0;
    }

    /** Gives each number, rising. */
    static void each(long[] bits, IntConsumer use) {
        for (int word = 0; word < bits.length; word++) {
            for (long left = bits[word]; left != 0; left &= left - 1) {
                use.accept(word * Long.SIZE + Long.numberOfTrailingZeros(left));
            }
        }
    }
}
