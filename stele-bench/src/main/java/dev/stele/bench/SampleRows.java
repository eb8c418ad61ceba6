package dev.stele.bench;

import dev.stele.embedding.Embedder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Synthetic messages of about 300 bytes with vectors, the same in each run. As an embedder thread-safe. */
final class SampleRows implements Embedder {

    static final int DIMENSION = 384;
    /** Number of different vectors. */
    private static final int VECTOR_COUNT = 1024;

    private static final String[] VOCABULARY = vocabulary();

    private final List<float[]> vectors = new ArrayList<>();

    SampleRows() {
        var random = new Random(1);
        for (int i = 0; i < VECTOR_COUNT; i++) {
            var vector = new float[DIMENSION];
            double squaredLength = 0;
            for (int component = 0; component < DIMENSION; component++) {
                vector[component] = (float) random.nextGaussian();
                squaredLength += vector[component] * vector[component];
            }
            for (int component = 0; component < DIMENSION; component++) {
                vector[component] /= (float) Math.sqrt(squaredLength);
            }
            vectors.add(vector);
        }
    }

    private static String[] vocabulary() {
        var random = new Random(2);
        var words = new String[5_000];
        for (int i = 0; i < words.length; i++) {
            var word = new StringBuilder();
            for (int remaining = 3 + random.nextInt(6); remaining > 0; remaining--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            words[i] = word.toString();
        }
        return words;
    }

    /** Returns the text of the message with this number, about 300 bytes. */
    static String text(long number) {
        var random = new Random(number);
        var text = new StringBuilder();
        while (text.length() < 294) {
            // The cube makes few words frequent and most rare, as in natural language.
            int word = (int) (VOCABULARY.length * Math.pow(random.nextDouble(), 3));
            text.append(VOCABULARY[word]).append(' ');
        }
        return text.toString().strip();
    }

    /** Returns the vector of the message with this number; the caller must not change it. */
    float[] vector(long number) {
        return vectors.get((int) (number % VECTOR_COUNT));
    }

    @Override
    public String model() {
        return "synthetic-384";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    /** Returns one of the vectors for each text, so that only the time of the store is measured. */
    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream()
                .map(text -> vector(Math.abs((long) text.hashCode())))
                .toList();
    }

    @Override
    public boolean ready() {
        return true;
    }
}
