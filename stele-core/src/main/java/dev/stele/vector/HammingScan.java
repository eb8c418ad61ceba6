package dev.stele.vector;

import java.util.Arrays;

/**
 * Kernel that computes the Hamming distances between a query and all codes of a block. All implementations return the
 * same values. Implementations are thread-safe.
 */
public interface HammingScan {

    /**
     * Fastest implementation available: SIMD instructions if the JDK module for them is present, otherwise plain loops.
     */
    HammingScan BEST = Simd.PRESENT ? new SimdHammingScan() : new PlainCodeScan();

    /**
     * Computes the Hamming distance of each code of a block to the code of a query.
     *
     * @param block codes of one block, see {@link BinaryQuantizer}
     * @param query code of the query
     * @param distances receives one distance per code; {@link BinaryQuantizer#BLOCK} elements
     */
    void distances(long[] block, long[] query, long[] distances);

    /**
     * Implementation in plain loops that a compiler can vectorize on processors with a vector instruction for counting
     * bits.
     */
    final class PlainCodeScan implements HammingScan {

        /**
         * Number of words of a code that are compared in one pass; more words per pass mean fewer writes of the sums.
         */
        private static final int WORDS_PER_PASS = 6;

        @Override
        public void distances(long[] block, long[] query, long[] distances) {
            // Both copies are padded with zero words, which do not differ.
            if (query.length < WORDS_PER_PASS) {
                six(
                        Arrays.copyOf(block, WORDS_PER_PASS * BinaryQuantizer.BLOCK),
                        Arrays.copyOf(query, WORDS_PER_PASS),
                        distances);
                return;
            }
            six(block, query, distances);
            for (int word = WORDS_PER_PASS; word < query.length; word += WORDS_PER_PASS) {
                int end = word + WORDS_PER_PASS;
                var partial = new long[BinaryQuantizer.BLOCK];
                six(
                        Arrays.copyOfRange(block, word * BinaryQuantizer.BLOCK, end * BinaryQuantizer.BLOCK),
                        Arrays.copyOfRange(query, word, end),
                        partial);
                for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
                    distances[i] += partial[i];
                }
            }
        }

        /**
         * Compares six words of each code, starting at the beginning of the array. With a variable start index the
         * compiler could not eliminate the bounds checks, and the loop took three times as long.
         */
        private static void six(long[] block, long[] query, long[] distances) {
            long query0 = query[0];
            long query1 = query[1];
            long query2 = query[2];
            long query3 = query[3];
            long query4 = query[4];
            long query5 = query[5];
            for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
                int differing = Long.bitCount(block[i] ^ query0)
                        + Long.bitCount(block[BinaryQuantizer.BLOCK + i] ^ query1)
                        + Long.bitCount(block[2 * BinaryQuantizer.BLOCK + i] ^ query2)
                        + Long.bitCount(block[3 * BinaryQuantizer.BLOCK + i] ^ query3)
                        + Long.bitCount(block[4 * BinaryQuantizer.BLOCK + i] ^ query4)
                        + Long.bitCount(block[5 * BinaryQuantizer.BLOCK + i] ^ query5);
                distances[i] = differing;
            }
        }
    }
}
