package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to leave alone what failed: pauses double from a second to five minutes, and vary by half so that what failed together does not
 * come together. Stateless.
 */
public final class Backoff {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private Backoff() {}

    /** @param attempts how often it failed, from 1 */
    public static Duration after(int attempts) {
        long pause = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(20, attempts - 1));
        return Duration.ofMillis(pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1));
    }
}
