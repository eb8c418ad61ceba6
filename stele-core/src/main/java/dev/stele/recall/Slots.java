package dev.stele.recall;

import java.util.Arrays;

/** A list of slots that grows, without boxes. For one thread. */
final class Slots {

    private int[] slots;
    private int size;

    Slots() {
        this(64);
    }

    /** @param expected how many there will be, about */
    Slots(int expected) {
        this.slots = new int[Math.max(1, expected)];
    }

    void add(int slot) {
        if (size == slots.length) {
            slots = Arrays.copyOf(slots, 2 * size);
        }
        slots[size++] = slot;
    }

    int get(int index) {
        return slots[index];
    }

    int size() {
        return size;
    }

    int[] toArray() {
        return Arrays.copyOf(slots, size);
    }
}
