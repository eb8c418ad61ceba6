package dev.stele.index;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Whole numbers by slot, in chunks that successive pictures share: who changes one copies its chunk first, so that making a
 * picture from another costs what differs and not what there is. Immutable and thread-safe.
 */
final class LongColumn {

    private static final int BITS = 10;
    private static final int CHUNK = 1 << BITS;
    private static final int MASK = CHUNK - 1;

    static final LongColumn EMPTY = new LongColumn(new long[0][]);

    private final long[][] chunks;

    private LongColumn(long[][] chunks) {
        this.chunks = chunks;
    }

    /** Two numbers as one. */
    static long pair(int high, int low) {
        return ((long) high << 32) | (low & 0xFFFF_FFFFL);
    }

    static int high(long pair) {
        return (int) (pair >>> 32);
    }

    static int low(long pair) {
        return (int) pair;
    }

    /** The number of a slot that was set. */
    long get(int slot) {
        return chunks[slot >>> BITS][slot & MASK];
    }

    int high(int slot) {
        return high(get(slot));
    }

    int low(int slot) {
        return low(get(slot));
    }

    long bytes() {
        return (long) chunks.length * CHUNK * Long.BYTES;
    }

    Edit edit() {
        return new Edit(chunks.clone());
    }

    /** A column in the making, for one thread. */
    static final class Edit {
        private long[][] chunks;
        private final BitSet own = new BitSet();

        private Edit(long[][] chunks) {
            this.chunks = chunks;
        }

        long get(int slot) {
            return chunks[slot >>> BITS][slot & MASK];
        }

        /** Sets a number, of a slot that is there or beyond. */
        void set(int slot, long value) {
            int chunk = slot >>> BITS;
            if (chunk >= chunks.length) {
                int before = chunks.length;
                chunks = Arrays.copyOf(chunks, chunk + 1);
                for (int i = before; i <= chunk; i++) {
                    chunks[i] = new long[CHUNK];
                    own.set(i);
                }
            } else if (!own.get(chunk)) {
                chunks[chunk] = chunks[chunk].clone();
                own.set(chunk);
            }
            chunks[chunk][slot & MASK] = value;
        }

        /** The column as it is now; the edit must not be used any more. */
        LongColumn done() {
            return new LongColumn(chunks);
        }
    }
}
