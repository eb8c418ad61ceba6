package dev.stele.bench;

import java.util.SplittableRandom;

/**
 * Generator of clustered unit vectors with a common offset and components of falling variance, like the vectors of text
 * models. The vectors are the same for the same seed. Not thread-safe.
 */
final class SyntheticVectors {

    /** Standard deviation of a vector around the center of its cluster, relative to that of the centers. */
    private static final float NOISE = 0.7f;
    /** Exponent by which the standard deviation falls with the index of the component. */
    private static final double DECAY_EXPONENT = 0.6;

    private final SplittableRandom random;
    private final int dimension;
    private final int clusters;
    private final long seed;
    private final float[] scale;

    /**
     * Creates a generator.
     *
     * @param seed seed of all random numbers
     * @param dimension number of components of a vector
     * @param clusters number of clusters, at least 1
     */
    SyntheticVectors(long seed, int dimension, int clusters) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.dimension = dimension;
        this.clusters = clusters;
        this.scale = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            scale[i] = (float) Math.pow(1 + i, -DECAY_EXPONENT);
        }
    }

    /** Returns the next vector. */
    float[] next() {
        // The center of a cluster is computed again for each vector, so that many clusters take no memory.
        var center = new SplittableRandom(seed * 31 + 1 + random.nextInt(clusters));
        float offset = scale[dimension / 2];
        var vector = new float[dimension];
        double squaredLength = 0;
        for (int i = 0; i < dimension; i++) {
            vector[i] = scale[i] * (float) (center.nextGaussian() + NOISE * random.nextGaussian()) + offset;
            squaredLength += vector[i] * vector[i];
        }
        float inverseLength = (float) (1 / Math.sqrt(squaredLength));
        for (int i = 0; i < dimension; i++) {
            vector[i] *= inverseLength;
        }
        return vector;
    }
}
