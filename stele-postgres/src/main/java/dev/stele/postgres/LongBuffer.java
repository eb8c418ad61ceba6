package dev.stele.postgres;

import java.util.Arrays;

/** Numbers that come one by one. For one thread. */
final class LongBuffer {

    private long[] numbers = new long[64];
    private int count;

    void add(long number, int times) {
        if (count + times > numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(2 * numbers.length, count + times));
        }
        Arrays.fill(numbers, count, count + times, number);
        count += times;
    }

    long[] all() {
        return Arrays.copyOf(numbers, count);
    }
}
