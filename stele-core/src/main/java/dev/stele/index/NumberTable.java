package dev.stele.index;

/** From item number to position: a hash table in two arrays, filled once and then only read. */
final class NumberTable {

    private static final long EMPTY = 0;

    private final long[] numbers;
    private final int[] positions;
    private final int mask;

    NumberTable(int size) {
        int capacity = Integer.highestOneBit(Math.max(8, size) * 2 - 1) * 2;
        numbers = new long[capacity];
        positions = new int[capacity];
        mask = capacity - 1;
    }

    /** Adds a number, which is above 0 and not there yet. */
    void put(long number, int position) {
        int slot = slot(number);
        while (numbers[slot] != EMPTY) {
            slot = (slot + 1) & mask;
        }
        numbers[slot] = number;
        positions[slot] = position;
    }

    /** The position, or -1. */
    int get(long number) {
        for (int slot = slot(number); numbers[slot] != EMPTY; slot = (slot + 1) & mask) {
            if (numbers[slot] == number) {
                return positions[slot];
            }
        }
        return -1;
    }

    private int slot(long number) {
        long spread = number * 0x9E3779B97F4A7C15L;
        return (int) (spread >>> 40) & mask;
    }
}
