package dev.stele.bench;

import java.util.Random;

/** Texts of words of which few are frequent and most are rare. The same ones for the same seed. */
final class SyntheticWords {

    private static final int WORDS = 20_000;

    private final Random random;

    SyntheticWords(long seed) {
        this.random = new Random(seed);
    }

    String next(int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "w" : " w")
                    .append(Integer.toString((int) (Math.pow(random.nextDouble(), 3) * WORDS), 36));
        }
        return text.toString();
    }
}
