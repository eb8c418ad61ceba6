package dev.stele.vector;

import java.util.Arrays;

/** Distances of many codes at once. Both ways give the same numbers. Thread-safe. */
public interface HammingScan {

    /** By the processor's vector instructions where the JDK's module for them is present, else in plain loops. */
    HammingScan BEST = Simd.PRESENT ? new SimdHammingScan() : new PlainCodeScan();

    /**
     * How many bits differ from a query's code.
     *
     * @param block codes of one block, see {@link BinaryQuantizer}
     * @param distances gets one number a code
     */
    void distances(long[] block, long[] query, long[] distances);

    /** In loops so plain that a compiler makes vector instructions of them where the processor counts bits by such. */
    final class PlainCodeScan implements HammingScan {

        /** Words of a code that are looked at together: what is added up is then written less often. */
        private static final int TOGETHER = 6;

        @Override
        public void distances(long[] block, long[] query, long[] distances) {
            // Beyond the last word are zeros, which do not differ.
            if (query.length < TOGETHER) {
                six(Arrays.copyOf(block, TOGETHER * BinaryQuantizer.BLOCK), Arrays.copyOf(query, TOGETHER), distances);
                return;
            }
            six(block, query, distances);
            for (int word = TOGETHER; word < query.length; word += TOGETHER) {
                int end = word + TOGETHER;
                var more = new long[BinaryQuantizer.BLOCK];
                six(
                        Arrays.copyOfRange(block, word * BinaryQuantizer.BLOCK, end * BinaryQuantizer.BLOCK),
                        Arrays.copyOfRange(query, word, end),
                        more);
                for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
                    distances[i] += more[i];
                }
            }
        }

        /** From the start of a block: where it began elsewhere, compilers did not see that all is within it, and it took thrice as long. */
        private static void six(long[] block, long[] query, long[] distances) {
            long asked0 = query[0];
            long asked1 = query[1];
            long asked2 = query[2];
            long asked3 = query[3];
            long asked4 = query[4];
            long asked5 = query[5];
            for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
                int differ = Long.bitCount(block[i] ^ asked0)
                        + Long.bitCount(block[BinaryQuantizer.BLOCK + i] ^ asked1)
                        + Long.bitCount(block[2 * BinaryQuantizer.BLOCK + i] ^ asked2)
                        + Long.bitCount(block[3 * BinaryQuantizer.BLOCK + i] ^ asked3)
                        + Long.bitCount(block[4 * BinaryQuantizer.BLOCK + i] ^ asked4)
                        + Long.bitCount(block[5 * BinaryQuantizer.BLOCK + i] ^ asked5);
                distances[i] = differ;
            }
        }
    }
}
