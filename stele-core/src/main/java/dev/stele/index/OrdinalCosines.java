package dev.stele.index;

/**
 * Open-addressing hash map from ordinals to cosines in one array of longs. A lookup takes a few nanoseconds, because a
 * query makes several thousand of them. Grows as needed. Not thread-safe.
 */
final class OrdinalCosines {

    /**
     * Multiplier of the hash function: 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
     */
    private static final int HASH_MULTIPLIER = 0x9E3779B9;

    /**
     * Entries: ordinal + 1 in bits 63 to 32, float bits of the cosine in bits 31 to 0; 0 for a free entry. The length
     * is a power of two.
     */
    private long[] entries;

    private int size;

    /** @param expected estimated number of entries */
    OrdinalCosines(int expected) {
        this.entries = new long[Integer.highestOneBit(Math.max(8, expected)) << 2];
    }

    /**
     * Returns the cosine of an ordinal.
     *
     * @param ordinal ordinal of an item, from 0
     * @return cosine; {@link Float#NaN} if the map has none
     */
    float get(int ordinal) {
        long entry = entries[at(ordinal)];
        return entry == 0 ? Float.NaN : Float.intBitsToFloat((int) entry);
    }

    /**
     * Sets the cosine of an ordinal.
     *
     * @param ordinal ordinal of an item, from 0
     * @param cosine cosine
     */
    void put(int ordinal, float cosine) {
        if (2 * size >= entries.length) {
            grow();
        }
        int index = at(ordinal);
        size += entries[index] == 0 ? 1 : 0;
        entries[index] = LongColumn.pair(ordinal + 1, Float.floatToRawIntBits(cosine));
    }

    /** Returns the index of the entry of an ordinal, or of the free entry where it belongs. */
    private int at(int ordinal) {
        int mask = entries.length - 1;
        int index = (ordinal * HASH_MULTIPLIER) >>> Integer.numberOfLeadingZeros(mask);
        while (entries[index] != 0 && LongColumn.high(entries[index]) != ordinal + 1) {
            index = (index + 1) & mask;
        }
        return index;
    }

    private void grow() {
        long[] oldEntries = entries;
        entries = new long[2 * oldEntries.length];
        for (long entry : oldEntries) {
            if (entry != 0) {
                entries[at(LongColumn.high(entry) - 1)] = entry;
            }
        }
    }
}
