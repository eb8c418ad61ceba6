package dev.stele.index;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** By vector instructions, as many codes of a block at once as there are lanes. Loaded only where the module is. */
final class WideCodeScan implements CodeScan {

    /** Some lanes: a power of two that no processor makes larger than a block. */
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;

    @Override
    public void distances(MemorySegment codes, int first, int blocks, long[] query, long[] distances) {
        int words = query.length;
        for (int block = 0; block < blocks; block++) {
            long at = (long) (first + block) * words * Codes.BLOCK * Long.BYTES;
            for (int i = 0; i < Codes.BLOCK; i += SPECIES.length()) {
                LongVector sum = LongVector.zero(SPECIES);
                for (int word = 0; word < words; word++) {
                    long offset = at + (word * Codes.BLOCK + i) * (long) Long.BYTES;
                    sum = LongVector.fromMemorySegment(SPECIES, codes, offset, ByteOrder.nativeOrder())
                            .lanewise(VectorOperators.XOR, query[word])
                            .lanewise(VectorOperators.BIT_COUNT)
                            .add(sum);
                }
                sum.intoArray(distances, block * Codes.BLOCK + i);
            }
        }
    }
}
