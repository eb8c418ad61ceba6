package dev.stele.index;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Persistent array of longs in chunks that successive index snapshots share. An edit copies a chunk before its first
 * write to the chunk, so deriving a snapshot costs time in proportion to the difference and not to the size. Immutable
 * and thread-safe.
 */
final class LongColumn {

    /** Binary logarithm of the number of entries per chunk. */
    private static final int CHUNK_BITS = 10;

    private static final int CHUNK_SIZE = 1 << CHUNK_BITS;
    private static final int CHUNK_MASK = CHUNK_SIZE - 1;

    static final LongColumn EMPTY = new LongColumn(new long[0][]);

    private final long[][] chunks;

    private LongColumn(long[][] chunks) {
        this.chunks = chunks;
    }

    /**
     * Packs two ints into one entry.
     *
     * @param high bits 63 to 32
     * @param low bits 31 to 0
     */
    static long pair(int high, int low) {
        return ((long) high << 32) | (low & 0xFFFF_FFFFL);
    }

    /** Returns bits 63 to 32 of an entry as an int. */
    static int high(long pair) {
        return (int) (pair >>> 32);
    }

    /** Returns bits 31 to 0 of an entry as an int. */
    static int low(long pair) {
        return (int) pair;
    }

    /**
     * Returns an entry.
     *
     * @param index index of an entry that was set, mostly the ordinal of an item
     */
    long get(int index) {
        return chunks[index >>> CHUNK_BITS][index & CHUNK_MASK];
    }

    /** Returns bits 63 to 32 of the entry at an index. */
    int high(int index) {
        return high(get(index));
    }

    /** Returns bits 31 to 0 of the entry at an index. */
    int low(int index) {
        return low(get(index));
    }

    /** Returns the number of bytes of all chunks, shared ones included. */
    long bytes() {
        return (long) chunks.length * CHUNK_SIZE * Long.BYTES;
    }

    /** Starts an edit, which does not change this column. */
    Edit edit() {
        return new Edit(chunks.clone());
    }

    /** Copy-on-write builder of a column. Not thread-safe. */
    static final class Edit {
        private long[][] chunks;
        /** Chunks that this edit has copied or created, and may write to. */
        private final BitSet owned = new BitSet();

        private Edit(long[][] chunks) {
            this.chunks = chunks;
        }

        /** Returns an entry, including changes by this edit. */
        long get(int index) {
            return chunks[index >>> CHUNK_BITS][index & CHUNK_MASK];
        }

        /**
         * Sets an entry.
         *
         * @param index index of an existing entry or beyond the end, which extends the column
         * @param value new value
         */
        void set(int index, long value) {
            int chunk = index >>> CHUNK_BITS;
            if (chunk >= chunks.length) {
                int previousLength = chunks.length;
                chunks = Arrays.copyOf(chunks, chunk + 1);
                for (int i = previousLength; i <= chunk; i++) {
                    chunks[i] = new long[CHUNK_SIZE];
                    owned.set(i);
                }
            } else if (!owned.get(chunk)) {
                chunks[chunk] = chunks[chunk].clone();
                owned.set(chunk);
            }
            chunks[chunk][index & CHUNK_MASK] = value;
        }

        /** Returns the edited column. The edit must not be used afterwards. */
        LongColumn done() {
            return new LongColumn(chunks);
        }
    }
}
