package dev.stele.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dot product with SIMD instructions. Accumulates in eight lanes as {@link DotProduct.PlainDotProduct} does, so that
 * both round identically. This class must be loaded only if the module {@code jdk.incubator.vector} is present.
 */
public final class SimdDotProduct implements DotProduct {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_256;

    @Override
    public float of(float[] query, float[] rows, int from) {
        FloatVector sums = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + 7 < query.length; i += 8) {
            sums = FloatVector.fromArray(SPECIES, query, i).fma(FloatVector.fromArray(SPECIES, rows, from + i), sums);
        }
        float s0 = sums.lane(0);
        for (; i < query.length; i++) {
            s0 = Math.fma(query[i], rows[from + i], s0);
        }
        return ((s0 + sums.lane(1)) + (sums.lane(2) + sums.lane(3)))
                + ((sums.lane(4) + sums.lane(5)) + (sums.lane(6) + sums.lane(7)));
    }
}
