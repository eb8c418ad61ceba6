package dev.stele.recall;

import java.util.Arrays;

/** A list of slots that grows, without boxes. For one thread. */
final class IntList {

    private int[] slots;
    private int size;

    IntList() {
        this(64);
    }

    /** @param expected how many there will be, about */
    IntList(int expected) {
        this.slots = new int[Math.max(1, expected)];
    }

    void add(int slot) {
        if (size == slots.length) {
            slots = Arrays.copyOf(slots, 2 * size);
        }
        slots[size++] = slot;
    }

    int[] toArray() {
        return first(size);
    }

    /** The first of them, at most so many. */
    int[] first(int most) {
        return Arrays.copyOf(slots, Math.min(size, most));
    }
}
