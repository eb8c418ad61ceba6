package dev.stele.index;

/**
 * Cosines by slot, in one array of numbers that is looked up in a few nanoseconds: a question asks for some thousands of them.
 * Grows as it is filled. For one thread.
 */
final class OrdinalCosines {

    private static final int SPREAD =
            0x9E3779B9; // 2^32 by the golden ratio (Knuth, The Art of Computer Programming, 6.4)

    /** Of each entry the slot and one more, then the bits of the cosine; 0 where there is none. As many as a power of two. */
    private long[] entries;

    private int size;

    /** @param expected how many there will be, about */
    OrdinalCosines(int expected) {
        this.entries = new long[Integer.highestOneBit(Math.max(8, expected)) << 2];
    }

    /** The cosine of a slot; {@link Float#NaN} if there is none. */
    float get(int slot) {
        long entry = entries[at(slot)];
        return entry == 0 ? Float.NaN : Float.intBitsToFloat((int) entry);
    }

    void put(int slot, float cosine) {
        if (2 * size >= entries.length) {
            grow();
        }
        int at = at(slot);
        size += entries[at] == 0 ? 1 : 0;
        entries[at] = LongColumn.pair(slot + 1, Float.floatToRawIntBits(cosine));
    }

    /** Where the entry of a slot is, or would be. */
    private int at(int slot) {
        int last = entries.length - 1;
        int at = (slot * SPREAD) >>> Integer.numberOfLeadingZeros(last);
        while (entries[at] != 0 && LongColumn.high(entries[at]) != slot + 1) {
            at = (at + 1) & last;
        }
        return at;
    }

    private void grow() {
        long[] before = entries;
        entries = new long[2 * before.length];
        for (long entry : before) {
            if (entry != 0) {
                entries[at(LongColumn.high(entry) - 1)] = entry;
            }
        }
    }
}
