package dev.stele.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Binary quantizer for float vectors: each component is compressed to one bit, and the Hamming distance of two codes
 * approximates the distance of their vectors in a thirty-second of the bytes. The bit says whether the component is
 * above that of the centroid of all vectors, after a random rotation.
 *
 * <p>The centroid is subtracted because most bits would otherwise be equal for a model that places all texts in one
 * region of the space. The rotation spreads the variance of the vectors evenly over the components; some models
 * concentrate most of it in the first ones.
 *
 * <p>A differing bit carries more information the farther the query's component is from the centroid. A {@link Query}
 * therefore gives each bit a weight, and the sum of the weights of the differing bits is an asymmetric distance, more
 * precise than the Hamming distance. Measured on 80,000 sentences about one subject, embedded by bge-small: the 1,024
 * codes of least Hamming distance contain 0.992 of the ten nearest neighbors, and the 192 of those with the least
 * weight contain 0.985; the 309 codes of least Hamming distance contained 0.964.
 *
 * <p>Codes are stored in blocks of {@link #BLOCK}: the first 64-bit words of all codes of a block, then all second
 * words, and so on, so that one SIMD instruction processes as many codes as it has lanes. Immutable and thread-safe;
 * the caller owns the memory that holds the codes.
 */
public final class BinaryQuantizer {

    /** Number of codes in a block. */
    public static final int BLOCK = 64;

    private static final int WEIGHT_BITS = 3;
    private static final int MAX_WEIGHT = (1 << WEIGHT_BITS) - 1;

    private final float[] center;
    private final int words;
    private final RandomRotation rotation;

    /**
     * Creates a quantizer.
     *
     * @param center centroid of the vectors; its length is the dimension; not copied
     */
    public BinaryQuantizer(float[] center) {
        this.center = center;
        this.words = words(center.length);
        this.rotation = new RandomRotation(center.length);
    }

    /** Returns the number of 64-bit words of a code. */
    static int words(int dimension) {
        return (dimension + Long.SIZE - 1) / Long.SIZE;
    }

    /**
     * Returns the size of codes in whole blocks.
     *
     * @param dimension number of vector components
     * @param count number of codes
     * @return size in bytes, a multiple of the size of a block
     */
    public static long bytes(int dimension, long count) {
        return (count + BLOCK - 1) / BLOCK * BLOCK * words(dimension) * Long.BYTES;
    }

    float[] center() {
        return center;
    }

    int words() {
        return words;
    }

    /**
     * Quantizes a vector.
     *
     * @param vector as many components as the centroid
     * @return the code; unused bits of its last word are 0
     */
    public long[] of(float[] vector) {
        return code(turned(vector));
    }

    private float[] turned(float[] vector) {
        var rotated = new float[center.length];
        for (int i = 0; i < rotated.length; i++) {
            rotated[i] = vector[i] - center[i];
        }
        rotation.turn(rotated);
        return rotated;
    }

    private long[] code(float[] rotated) {
        var code = new long[words];
        for (int i = 0; i < rotated.length; i++) {
            if (rotated[i] > 0) {
                code[i >>> 6] |= 1L << i;
            }
        }
        return code;
    }

    /**
     * Quantizes a query and computes the weights of its bits.
     *
     * @param vector as many components as the centroid
     */
    public Query query(float[] vector) {
        float[] rotated = turned(vector);
        float maxMagnitude = Float.MIN_NORMAL;
        for (float number : rotated) {
            maxMagnitude = Math.max(maxMagnitude, Math.abs(number));
        }
        var weights = new long[WEIGHT_BITS * words];
        for (int i = 0; i < rotated.length; i++) {
            int weight = Math.min(MAX_WEIGHT, (int) (Math.abs(rotated[i]) / maxMagnitude * (MAX_WEIGHT + 1)));
            for (int bit = 0; bit < WEIGHT_BITS; bit++) {
                weights[bit * words + (i >>> 6)] |= (weight >>> bit & 1L) << i;
            }
        }
        return new Query(code(rotated), weights, center.length);
    }

    /**
     * Writes a code.
     *
     * @param codes memory of codes in blocks
     * @param index index of the code in that memory
     * @param code result of {@link #of}
     */
    public void put(MemorySegment codes, int index, long[] code) {
        for (int word = 0; word < words; word++) {
            codes.set(ValueLayout.JAVA_LONG_UNALIGNED, at(index, word), code[word]);
        }
    }

    /**
     * Copies one block of codes to the heap.
     *
     * @param codes memory of codes in blocks
     * @param block index of the block
     * @param to target; its length must be that of a whole block, {@link #BLOCK} times the words of a code
     */
    public static void copy(MemorySegment codes, int block, long[] to) {
        MemorySegment.copy(
                codes, ValueLayout.JAVA_LONG_UNALIGNED, (long) block * to.length * Long.BYTES, to, 0, to.length);
    }

    /** Returns one 64-bit word of the code at an index. */
    long word(MemorySegment codes, int index, int word) {
        return codes.get(ValueLayout.JAVA_LONG_UNALIGNED, at(index, word));
    }

    /**
     * Returns the Hamming distance between a stored code and the code of a query.
     *
     * @param codes memory of codes in blocks
     * @param index index of the stored code
     * @param query code of the query
     */
    public int distance(MemorySegment codes, int index, long[] query) {
        int distance = 0;
        for (int word = 0; word < words; word++) {
            distance += Long.bitCount(word(codes, index, word) ^ query[word]);
        }
        return distance;
    }

    /**
     * Returns the asymmetric distance between a stored code and a query: the sum of the weights of the bits that
     * differ.
     *
     * @param codes memory of codes in blocks
     * @param index index of the stored code
     */
    public int weight(MemorySegment codes, int index, Query query) {
        int weight = 0;
        for (int word = 0; word < words; word++) {
            weight += query.weight(word, word(codes, index, word));
        }
        return weight;
    }

    /**
     * Returns the Hamming distance for a code that is stored contiguously and not in a block.
     *
     * @param at offset of the code, in bytes
     */
    static int differ(MemorySegment codes, long at, long[] query) {
        int differ = 0;
        for (int word = 0; word < query.length; word++) {
            differ += Long.bitCount(
                    codes.get(ValueLayout.JAVA_LONG_UNALIGNED, at + (long) word * Long.BYTES) ^ query[word]);
        }
        return differ;
    }

    private long at(int index, int word) {
        return (((long) (index / BLOCK) * words + word) * BLOCK + index % BLOCK) * Long.BYTES;
    }

    /**
     * Code of a query with a weight for each bit. The weight is the quantized distance of the query's component from
     * the centroid; the code itself holds only the side. Immutable and thread-safe.
     */
    public static final class Query {
        private final long[] code;
        /**
         * Weights of {@link #WEIGHT_BITS} bits as bit planes: the lowest bits of all weights in the layout of a code,
         * then the next higher bits.
         */
        private final long[] weights;

        private final int dimension;

        private Query(long[] code, long[] weights, int dimension) {
            this.code = code;
            this.weights = weights;
            this.dimension = dimension;
        }

        /** Returns the code. The array is not copied; callers must not modify it. */
        public long[] code() {
            return code;
        }

        /**
         * Returns the sum of the weights of the bits in which one word of another code differs.
         *
         * @param word index of the word
         * @param other that word of the other code
         */
        public int weight(int word, long other) {
            long differ = other ^ code[word];
            int weight = 0;
            for (int bit = 0; bit < WEIGHT_BITS; bit++) {
                weight += Long.bitCount(differ & weights[bit * code.length + word]) << bit;
            }
            return weight;
        }

        /** Returns the maximum Hamming distance of two codes. */
        int mostDistance() {
            return dimension;
        }

        /** Returns the maximum sum of weights. */
        int mostWeight() {
            return MAX_WEIGHT * dimension;
        }
    }
}
