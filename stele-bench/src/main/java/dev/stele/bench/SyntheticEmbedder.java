package dev.stele.bench;

import dev.stele.embedding.Embedder;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Vectors of unit length that depend on the text alone and mean nothing: a model that costs nothing. */
final class SyntheticEmbedder implements Embedder {

    private static final int DIMENSION = 384;

    @Override
    public String model() {
        return "made-up";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    /** All directions are alike. */
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
        double length = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
            length += vector[i] * vector[i];
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= (float) Math.sqrt(length);
        }
        return vector;
    }
}
