package dev.stele.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The inner product of a vector on the heap with one in a segment. Both ways round alike, to the bit. Thread-safe. */
interface DotProduct {

    /** By the processor's vector instructions where the JDK's module for them is present, else one number at a time. */
    DotProduct BEST = Simd.PRESENT ? new WideDotProduct() : new PlainDotProduct();

    /** @param offset where the second begins, in bytes; it is as long as the first */
    float of(float[] a, MemorySegment b, long offset);

    /** One number at a time in eight sums, which a compiler may keep in one register. */
    final class PlainDotProduct implements DotProduct {
        @Override
        public float of(float[] a, MemorySegment b, long offset) {
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
            int i = 0;
            for (; i + 7 < a.length; i += 8) {
                long at = offset + 4L * i;
                s0 = Math.fma(a[i], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at), s0);
                s1 = Math.fma(a[i + 1], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4), s1);
                s2 = Math.fma(a[i + 2], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 8), s2);
                s3 = Math.fma(a[i + 3], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 12), s3);
                s4 = Math.fma(a[i + 4], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 16), s4);
                s5 = Math.fma(a[i + 5], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 20), s5);
                s6 = Math.fma(a[i + 6], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 24), s6);
                s7 = Math.fma(a[i + 7], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 28), s7);
            }
            for (; i < a.length; i++) {
                s0 = Math.fma(a[i], b.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * i), s0);
            }
            return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
        }
    }
}
