package dev.stele.bench;

import dev.stele.embedding.Embedder;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Embedder that derives a random unit vector from the hash of the text, so that it costs almost no time. Thread-safe.
 */
final class SyntheticEmbedder implements Embedder {

    private static final int DIMENSION = 384;

    @Override
    public String model() {
        return "synthetic";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    /** Returns the zero vector, because all directions are equally frequent. */
    @Override
    public Optional<float[]> center() {
        return Optional.of(new float[DIMENSION]);
    }

    @Override
    public boolean ready() {
        return true;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(SyntheticEmbedder::vector).toList();
    }

    private static float[] vector(String text) {
        var random = new Random(text.hashCode());
        var vector = new float[DIMENSION];
        double squaredLength = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
            squaredLength += vector[i] * vector[i];
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= (float) Math.sqrt(squaredLength);
        }
        return vector;
    }
}
