package dev.stele.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** By vector instructions, with four sums so that one need not wait for another. Loaded only where the module is. */
final class WideDotProduct implements DotProduct {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    @Override
    public float of(float[] a, MemorySegment b, long offset) {
        int lanes = SPECIES.length();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i + 4 * lanes <= a.length; i += 4 * lanes) {
            s0 = product(a, b, offset, i, s0);
            s1 = product(a, b, offset, i + lanes, s1);
            s2 = product(a, b, offset, i + 2 * lanes, s2);
            s3 = product(a, b, offset, i + 3 * lanes, s3);
        }
        for (; i + lanes <= a.length; i += lanes) {
            s0 = product(a, b, offset, i, s0);
        }
        float sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; i < a.length; i++) {
            sum = Math.fma(a[i], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i), sum);
        }
        return sum;
    }

    private static FloatVector product(float[] a, MemorySegment b, long offset, int from, FloatVector sum) {
        FloatVector left = FloatVector.fromArray(SPECIES, a, from);
        FloatVector right = FloatVector.fromMemorySegment(SPECIES, b, offset + 4L * from, ByteOrder.nativeOrder());
        return left.fma(right, sum);
    }
}
