package dev.stele.bench;

import dev.stele.embedding.Embedder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up messages of about 300 bytes and vectors to go with them, the same at every run. */
final class SampleRows implements Embedder {

    static final int DIMENSION = 384;
    private static final int VECTORS = 1024;
    private static final String[] WORDS = words();

    private final List<float[]> vectors = new ArrayList<>();

    SampleRows() {
        var random = new Random(1);
        for (int i = 0; i < VECTORS; i++) {
            var vector = new float[DIMENSION];
            double sum = 0;
            for (int d = 0; d < DIMENSION; d++) {
                vector[d] = (float) random.nextGaussian();
                sum += vector[d] * vector[d];
            }
            for (int d = 0; d < DIMENSION; d++) {
                vector[d] /= (float) Math.sqrt(sum);
            }
            vectors.add(vector);
        }
    }

    private static String[] words() {
        var random = new Random(2);
        var words = new String[5_000];
        for (int i = 0; i < words.length; i++) {
            var word = new StringBuilder();
            for (int n = 3 + random.nextInt(6); n > 0; n--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            words[i] = word.toString();
        }
        return words;
    }

    /** The text of a message, about 300 bytes. */
    static String text(long number) {
        var random = new Random(number);
        var text = new StringBuilder();
        while (text.length() < 294) {
            // Some words are much more frequent than others, as in any language.
            int word = (int) (WORDS.length * Math.pow(random.nextDouble(), 3));
            text.append(WORDS[word]).append(' ');
        }
        return text.toString().strip();
    }

    float[] vector(long number) {
        return vectors.get((int) (number % VECTORS));
    }

    @Override
    public String model() {
        return "made-up-384";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    /** Any vector, at no cost: what is measured is the store. */
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
