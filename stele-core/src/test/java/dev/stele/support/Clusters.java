package dev.stele.support;

import java.util.Random;
import java.util.stream.IntStream;

/** Vectors in clusters, all in one corner, as those of models are. */
public final class Clusters {

    private final Random random;
    private final int dimension;
    private final float[][] middles;

    public Clusters(long seed, int dimension, int count) {
        this.random = new Random(seed);
        this.dimension = dimension;
        this.middles = IntStream.range(0, count).mapToObj(_ -> gaussian()).toArray(float[][]::new);
    }

    private float[] gaussian() {
        var vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (random.nextGaussian() / Math.sqrt(1 + i));
        }
        return vector;
    }

    public float[] next() {
        float[] middle = middles[random.nextInt(middles.length)];
        float[] noise = gaussian();
        double length = 0;
        for (int i = 0; i < dimension; i++) {
            noise[i] = middle[i] + 0.7f * noise[i] + 0.3f;
            length += noise[i] * noise[i];
        }
        for (int i = 0; i < dimension; i++) {
            noise[i] /= (float) Math.sqrt(length);
        }
        return noise;
    }
}
