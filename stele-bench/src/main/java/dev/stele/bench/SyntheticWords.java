package dev.stele.bench;

import java.util.Random;

/**
 * Generator of texts from a vocabulary in which few words are frequent and most are rare. The texts are the same for
 * the same seed. Not thread-safe.
 */
final class SyntheticWords {

    private static final int VOCABULARY_SIZE = 20_000;

    private final Random random;

    SyntheticWords(long seed) {
        this.random = new Random(seed);
    }

    /** Returns the next text of the given number of words. */
    String next(int words) {
        var text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(i == 0 ? "w" : " w")
                    .append(Integer.toString((int) (Math.pow(random.nextDouble(), 3) * VOCABULARY_SIZE), 36));
        }
        return text.toString();
    }
}
