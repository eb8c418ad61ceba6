package dev.stele.vector;

/** The inner product of two vectors of one length, one of them among others. Both ways round alike, to the bit. Thread-safe. */
public interface DotProduct {

    /** By the processor's vector instructions where the JDK's module for them is present, else one number at a time. */
    DotProduct BEST = Simd.PRESENT ? new SimdDotProduct() : new PlainDotProduct();

    /**
     * @param rows vectors, one after the other
     * @param from where the one begins that is meant
     */
    float of(float[] query, float[] rows, int from);

    /** One number at a time in eight sums, which a compiler may keep in one register. */
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
