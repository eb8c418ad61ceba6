package dev.stele.index;

import java.util.Arrays;

/** Distances of many codes at once. Both ways give the same numbers. Thread-safe. */
interface CodeScan {

    /** By the processor's vector instructions where the JDK's module for them is present, else in plain loops. */
    CodeScan BEST = Simd.PRESENT ? new WideCodeScan() : new PlainCodeScan();

    /**
     * How many bits differ from a query's code.
     *
     * @param block codes of one block, see {@link Codes}
     * @param distances gets one number a code
     * @param to where the first of them goes
     */
    void distances(long[] block, long[] query, long[] distances, int to);

    /** In loops so plain that a compiler makes vector instructions of them where the processor counts bits by such. */
    final class PlainCodeScan implements CodeScan {

        /** Words of a code that are looked at together: what is added up is then written less often. */
        private static final int TOGETHER = 6;

        @Override
        public void distances(long[] block, long[] query, long[] distances, int to) {
            Arrays.fill(distances, to, to + Codes.BLOCK, 0);
            int word = 0;
            for (; word + TOGETHER <= query.length; word += TOGETHER) {
                addSix(block, word, query, distances, to);
            }
            for (; word < query.length; word++) {
                long asked = query[word];
                int from = word * Codes.BLOCK;
                for (int i = 0; i < Codes.BLOCK; i++) {
                    distances[to + i] += Long.bitCount(block[from + i] ^ asked);
                }
            }
        }

        private static void addSix(long[] block, int word, long[] query, long[] distances, int to) {
            long asked0 = query[word];
            long asked1 = query[word + 1];
            long asked2 = query[word + 2];
            long asked3 = query[word + 3];
            long asked4 = query[word + 4];
            long asked5 = query[word + 5];
            int from = word * Codes.BLOCK;
            for (int i = 0; i < Codes.BLOCK; i++) {
                distances[to + i] += Long.bitCount(block[from + i] ^ asked0)
                        + Long.bitCount(block[from + Codes.BLOCK + i] ^ asked1)
                        + Long.bitCount(block[from + 2 * Codes.BLOCK + i] ^ asked2)
                        + Long.bitCount(block[from + 3 * Codes.BLOCK + i] ^ asked3)
                        + Long.bitCount(block[from + 4 * Codes.BLOCK + i] ^ asked4)
                        + Long.bitCount(block[from + 5 * Codes.BLOCK + i] ^ asked5);
            }
        }
    }
}
