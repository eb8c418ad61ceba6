package dev.stele.support;

import dev.stele.embedding.Embedder;
import java.util.List;
import java.util.Locale;

/**
 * A model small enough to reason about: each word adds to one of 64 dimensions. Texts with the same words have the same
 * vector. Real models are tested where they live. Tests that want a model which is slow, or fails, override what it
 * does.
 */
public class WordEmbedder implements Embedder {

    private static final int DIMENSION = 64;

    @Override
    public String model() {
        return "words-64";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public boolean ready() {
        return true;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(WordEmbedder::vector).toList();
    }

    private static float[] vector(String text) {
        var vector = new float[DIMENSION];
        for (String word : text.toLowerCase(Locale.ROOT).split("\\W+", -1)) {
            if (!word.isEmpty()) {
                vector[Math.floorMod(word.hashCode(), DIMENSION)] += 1;
            }
        }
        double length = 0;
        for (float x : vector) {
            length += x * x;
        }
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] /= (float) Math.max(1e-9, Math.sqrt(length));
        }
        return vector;
    }
}
