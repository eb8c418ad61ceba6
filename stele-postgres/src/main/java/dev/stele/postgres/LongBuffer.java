package dev.stele.postgres;

import java.util.Arrays;

/** Growable array of {@code long}. Not thread-safe. */
final class LongBuffer {

    private long[] numbers = new long[64];
    private int count;

    /** Appends a number the given number of times. */
    void add(long number, int times) {
        if (count + times > numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(2 * numbers.length, count + times));
        }
        Arrays.fill(numbers, count, count + times, number);
        count += times;
    }

    /** Returns a copy of all numbers, in order. */
    long[] all() {
        return Arrays.copyOf(numbers, count);
    }
}
