package dev.stele.vector;

import java.util.SplittableRandom;

/**
 * Fast pseudo-random rotation of vectors: random signs, then a Walsh-Hadamard transform of the largest power of two of
 * components, applied in several rounds alternately from the start and from the end of the vector. Mixes all
 * components. Lengths and angles are preserved up to one constant factor. The rotation is the same for all vectors of a
 * dimension and must never change, because codes in files depend on it. Immutable and thread-safe.
 */
public final class RandomRotation {

    private static final int ROUNDS = 4;
    private static final long SEED = 0x57454C45;
    /** Number of components that three steps of the transform mix. */
    private static final int EIGHT = 8;

    private final int dimension;
    /** Number of components in one transform: the largest power of two within the dimension. */
    private final int width;

    private final float[][] signs;

    /**
     * Creates the rotation of a dimension.
     *
     * @param dimension number of vector components
     */
    public RandomRotation(int dimension) {
        this.dimension = dimension;
        this.width = Integer.highestOneBit(Math.max(1, dimension));
        var random = new SplittableRandom(SEED);
        this.signs = new float[ROUNDS][dimension];
        // The transform scales its components by sqrt(width). This factor undoes that, so that the components that a
        // round leaves out keep the same scale.
        float scale = (float) (1 / Math.sqrt(width));
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < dimension; i++) {
                float sign = random.nextBoolean() ? 1 : -1;
                signs[round][i] = i >= from(round) && i < from(round) + width ? sign * scale : sign;
            }
        }
    }

    private int from(int round) {
        return round % 2 == 0 ? 0 : dimension - width;
    }

    /**
     * Rotates a vector in place.
     *
     * @param vector as many components as the dimension
     */
    public void turn(float[] vector) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < dimension; i++) {
                vector[i] *= signs[round][i];
            }
            transform(vector, from(round));
        }
    }

    /**
     * Applies the unscaled Walsh-Hadamard transform. Combines three steps while three are left, which keeps
     * intermediate values in registers instead of memory.
     */
    private void transform(float[] vector, int from) {
        int to = from + width;
        int step = 1;
        for (; EIGHT * step <= width; step *= EIGHT) {
            for (int block = from; block < to; block += EIGHT * step) {
                for (int i = block; i < block + step; i++) {
                    mixEight(vector, i, step);
                }
            }
        }
        for (; step < width; step <<= 1) {
            for (int block = from; block < to; block += 2 * step) {
                for (int i = block; i < block + step; i++) {
                    float a = vector[i];
                    float b = vector[i + step];
                    vector[i] = a + b;
                    vector[i + step] = a - b;
                }
            }
        }
    }

    private static void mixEight(float[] vector, int at, int step) {
        float a0 = vector[at];
        float a1 = vector[at + step];
        float a2 = vector[at + 2 * step];
        float a3 = vector[at + 3 * step];
        float a4 = vector[at + 4 * step];
        float a5 = vector[at + 5 * step];
        float a6 = vector[at + 6 * step];
        float a7 = vector[at + 7 * step];
        float b0 = a0 + a1;
        float b1 = a0 - a1;
        float b2 = a2 + a3;
        float b3 = a2 - a3;
        float b4 = a4 + a5;
        float b5 = a4 - a5;
        float b6 = a6 + a7;
        float b7 = a6 - a7;
        a0 = b0 + b2;
        a1 = b1 + b3;
        a2 = b0 - b2;
        a3 = b1 - b3;
        a4 = b4 + b6;
        a5 = b5 + b7;
        a6 = b4 - b6;
        a7 = b5 - b7;
        vector[at] = a0 + a4;
        vector[at + step] = a1 + a5;
        vector[at + 2 * step] = a2 + a6;
        vector[at + 3 * step] = a3 + a7;
        vector[at + 4 * step] = a0 - a4;
        vector[at + 5 * step] = a1 - a5;
        vector[at + 6 * step] = a2 - a6;
        vector[at + 7 * step] = a3 - a7;
    }
}
