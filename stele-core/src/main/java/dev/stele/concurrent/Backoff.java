package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Exponential backoff: the pauses double from one second to five minutes. A random share of up to half of the pause
 * keeps operations that failed together from being repeated together. Stateless.
 */
public final class Backoff {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration MAX = Duration.ofMinutes(5);

    private Backoff() {}

    /**
     * Returns the pause before the next attempt.
     *
     * @param attempts number of failed attempts, from 1
     */
    public static Duration after(int attempts) {
        long pause = Math.min(MAX.toMillis(), FIRST.toMillis() << Math.min(20, attempts - 1));
        return Duration.ofMillis(pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1));
    }
}
