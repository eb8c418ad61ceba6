package dev.stele.vector;

import java.util.SplittableRandom;

/**
 * A rotation that mixes all numbers of a vector, the same for all vectors of a dimension and for ever, since codes in files
 * depend on it: signs drawn once, then the Walsh-Hadamard transform of as many numbers as a power of two allows, from the start
 * and from the end in turn. Lengths and angles stay but for one factor. Immutable and thread-safe.
 */
public final class RandomRotation {

    private static final int ROUNDS = 4;
    private static final long SEED = 0x57454C45;
    /** Numbers that three steps mix. */
    private static final int EIGHT = 8;

    private final int dimension;
    /** As many as fit into the dimension, a power of two. */
    private final int width;

    private final float[][] signs;

    public RandomRotation(int dimension) {
        this.dimension = dimension;
        this.width = Integer.highestOneBit(Math.max(1, dimension));
        var random = new SplittableRandom(SEED);
        this.signs = new float[ROUNDS][dimension];
        // Those that a transform leaves out must keep step with those that it makes larger.
        float rest = (float) (1 / Math.sqrt(width));
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < dimension; i++) {
                float sign = random.nextBoolean() ? 1 : -1;
                signs[round][i] = i >= from(round) && i < from(round) + width ? sign * rest : sign;
            }
        }
    }

    private int from(int round) {
        return round % 2 == 0 ? 0 : dimension - width;
    }

    /** Turns a vector in place. */
    public void turn(float[] vector) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < dimension; i++) {
                vector[i] *= signs[round][i];
            }
            transform(vector, from(round));
        }
    }

    /** Three steps at a time while there are three: what is in a register need not be written and read again. */
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
