package dev.stele.vector;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Hamming distances with SIMD instructions: processes as many codes of a block at once as there are lanes. This class
 * must be loaded only if the module {@code jdk.incubator.vector} is present.
 */
public final class SimdHammingScan implements HammingScan {

    /**
     * Widest species of the processor. Its lane count is a power of two and on no processor exceeds the size of a
     * block.
     */
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;

    @Override
    public void distances(long[] block, long[] query, long[] distances) {
        for (int i = 0; i < BinaryQuantizer.BLOCK; i += SPECIES.length()) {
            LongVector sum = LongVector.zero(SPECIES);
            for (int word = 0; word < query.length; word++) {
                sum = LongVector.fromArray(SPECIES, block, word * BinaryQuantizer.BLOCK + i)
                        .lanewise(VectorOperators.XOR, query[word])
                        .lanewise(VectorOperators.BIT_COUNT)
                        .add(sum);
            }
            sum.intoArray(distances, i);
        }
    }
}
