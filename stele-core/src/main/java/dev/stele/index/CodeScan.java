package dev.stele.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Distances of many codes at once. Both ways give the same numbers. Thread-safe. */
interface CodeScan {

    /** By the processor's vector instructions where the JDK's module for them is present, else in plain loops. */
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

    /** In loops so plain that a compiler makes vector instructions of them where the processor counts bits by such. */
    final class PlainCodeScan implements CodeScan {
        @Override
        public void distances(MemorySegment codes, int first, int blocks, long[] query, long[] distances) {
            int words = query.length;
            for (int block = 0; block < blocks; block++) {
                int to = block * Codes.BLOCK;
                Arrays.fill(distances, to, to + Codes.BLOCK, 0);
                for (int word = 0; word < words; word++) {
                    long asked = query[word];
                    long at = ((long) (first + block) * words + word) * Codes.BLOCK * Long.BYTES;
                    for (int i = 0; i < Codes.BLOCK; i++) {
                        long code = codes.get(ValueLayout.JAVA_LONG_UNALIGNED, at + (long) i * Long.BYTES);
                        distances[to + i] += Long.bitCount(code ^ asked);
                    }
                }
            }
        }
    }
}
