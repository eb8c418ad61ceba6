package dev.stele.bench;

import java.util.SplittableRandom;

/** Vectors of unit length in clusters, all in one corner, with components that fall off. The same ones for the same seed. */
final class SyntheticVectors {

    private static final float NOISE = 0.7f;
    private static final double FALLS = 0.6;

    private final SplittableRandom random;
    private final int dimension;
    private final int clusters;
    private final long seed;
    private final float[] scale;

    SyntheticVectors(long seed, int dimension, int clusters) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.dimension = dimension;
        this.clusters = clusters;
        this.scale = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            scale[i] = (float) Math.pow(1 + i, -FALLS);
        }
    }

    float[] next() {
        // The center of a cluster is computed again whenever it is met, so that many of them take no memory.
        var center = new SplittableRandom(seed * 31 + 1 + random.nextInt(clusters));
        float corner = scale[dimension / 2];
        var vector = new float[dimension];
        double length = 0;
        for (int i = 0; i < dimension; i++) {
            vector[i] = scale[i] * (float) (center.nextGaussian() + NOISE * random.nextGaussian()) + corner;
            length += vector[i] * vector[i];
        }
        float unit = (float) (1 / Math.sqrt(length));
        for (int i = 0; i < dimension; i++) {
            vector[i] *= unit;
        }
        return vector;
    }
}
