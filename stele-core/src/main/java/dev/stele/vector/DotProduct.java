package dev.stele.vector;

/**
 * Kernel that computes the dot product of a query and one row of a matrix. All implementations return bit-identical
 * results. Implementations are thread-safe.
 */
public interface DotProduct {

    /**
     * Fastest implementation available: SIMD instructions if the JDK module for them is present, otherwise scalar code.
     */
    DotProduct BEST = Simd.PRESENT ? new SimdDotProduct() : new PlainDotProduct();

    /**
     * Returns the dot product of a query and one row.
     *
     * @param query query vector
     * @param rows vectors of the same dimension, stored one after another
     * @param from index of the first component of the row
     */
    float of(float[] query, float[] rows, int from);

    /** Scalar implementation with eight independent sums, which a compiler may keep in one vector register. */
    final class PlainDotProduct implements DotProduct {
        @Override
        public float of(float[] query, float[] rows, int from) {
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
            int i = 0;
            for (; i + 7 < query.length; i += 8) {
                s0 = Math.fma(query[i], rows[from + i], s0);
                s1 = Math.fma(query[i + 1], rows[from + i + 1], s1);
                s2 = Math.fma(query[i + 2], rows[from + i + 2], s2);
                s3 = Math.fma(query[i + 3], rows[from + i + 3], s3);
                s4 = Math.fma(query[i + 4], rows[from + i + 4], s4);
                s5 = Math.fma(query[i + 5], rows[from + i + 5], s5);
                s6 = Math.fma(query[i + 6], rows[from + i + 6], s6);
                s7 = Math.fma(query[i + 7], rows[from + i + 7], s7);
            }
            for (; i < query.length; i++) {
                s0 = Math.fma(query[i], rows[from + i], s0);
            }
            return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
        }
    }
}
