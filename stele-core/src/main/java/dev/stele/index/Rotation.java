package dev.stele.index;

import java.util.SplittableRandom;

/**
 * A rotation that mixes all numbers of a vector, the same for all vectors of a dimension and for ever, since codes in files
 * depend on it: signs drawn once, then the Walsh-Hadamard transform of as many numbers as a power of two allows, from the start
 * and from the end in turn. Lengths and angles stay but for one factor. Immutable and thread-safe.
 */
final class Rotation {

    private static final int ROUNDS = 4;
    private static final long SEED = 0x57454C45;

    private final int dimension;
    /** As many as fit into the dimension, a power of two. */
    private final int width;

    private final float[][] signs;

    Rotation(int dimension) {
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
    void turn(float[] vector) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < dimension; i++) {
                vector[i] *= signs[round][i];
            }
            transform(vector, from(round));
        }
    }

    private void transform(float[] vector, int from) {
        for (int step = 1; step < width; step <<= 1) {
            for (int block = from; block < from + width; block += 2 * step) {
                for (int i = block; i < block + step; i++) {
                    float a = vector[i];
                    float b = vector[i + step];
                    vector[i] = a + b;
                    vector[i + step] = a - b;
                }
            }
        }
    }
}
