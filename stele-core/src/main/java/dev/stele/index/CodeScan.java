package dev.stele.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Distances of many codes at once. Both ways give the same numbers. Thread-safe. */
interface CodeScan {

    /** By the processor's vector instructions where the JDK's module for them is present, else one word at a time. */
    CodeScan BEST = Simd.PRESENT ? new WideCodeScan() : new PlainCodeScan();

    /**
     * How many bits differ from a query's code.
     *
     * @param codes in blocks of {@link Codes#BLOCK}
     * @param first the first block
     * @param blocks how many
     * @param distances gets one number a code
     */
    void distances(MemorySegment codes, int first, int blocks, long[] query, long[] distances);

    /** One word at a time. */
    final class PlainCodeScan implements CodeScan {
        @Override
        public void distances(MemorySegment codes, int first, int blocks, long[] query, long[] distances) {
            int words = query.length;
            for (int block = 0; block < blocks; block++) {
                long at = (long) (first + block) * words * Codes.BLOCK * Long.BYTES;
                int to = block * Codes.BLOCK;
                for (int i = 0; i < Codes.BLOCK; i++) {
                    long distance = 0;
                    for (int word = 0; word < words; word++) {
                        long code = codes.get(
                                ValueLayout.JAVA_LONG_UNALIGNED, at + (word * Codes.BLOCK + i) * (long) Long.BYTES);
                        distance += Long.bitCount(code ^ query[word]);
                    }
                    distances[to + i] = distance;
                }
            }
        }
    }
}
