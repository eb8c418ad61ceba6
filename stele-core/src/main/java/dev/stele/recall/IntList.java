package dev.stele.recall;

import java.util.Arrays;

/** Growable list of ints without boxing. For one thread. */
final class IntList {

    private int[] values;
    private int size;

    /** Creates an empty list with room for 64 values. */
    IntList() {
        this(64);
    }

    /**
     * Creates an empty list.
     *
     * @param expected estimated number of values
     */
    IntList(int expected) {
        this.values = new int[Math.max(1, expected)];
    }

    /** Appends a value. */
    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    /** Returns all values in a new array. */
    int[] toArray() {
        return first(size);
    }

    /** Returns all values in a new array, the last one first. */
    int[] reversed() {
        var reversed = new int[size];
        for (int i = 0; i < size; i++) {
            reversed[i] = values[size - 1 - i];
        }
        return reversed;
    }

    /**
     * Returns the first values in a new array.
     *
     * @param limit maximum number of values
     */
    int[] first(int limit) {
        return Arrays.copyOf(values, Math.min(size, limit));
    }
}
