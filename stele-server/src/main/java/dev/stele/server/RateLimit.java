package dev.stele.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Token bucket rate limiter for the requests of each caller: {@code perSecond} requests in a second, with bursts of the
 * same size. Thread-safe.
 */
final class RateLimit {

    private static final long MAX_CALLERS = 10_000;

    private final int perSecond;
    private final Cache<String, Bucket> buckets;

    /**
     * @param perSecond maximum number of requests of one caller in a second; 0 for no limit
     */
    RateLimit(int perSecond) {
        this.perSecond = perSecond;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_CALLERS)
                .expireAfterAccess(Duration.ofMinutes(1)) // an idle bucket is full again after a second
                .executor(Runnable::run)
                .build();
    }

    /**
     * Counts a request.
     *
     * @param caller name of the caller, see {@link Caller#name}
     * @throws HttpProblem 429 if the caller exceeds the rate; its header {@code Retry-After} has the seconds to wait
     */
    void admit(String caller) {
        if (perSecond == 0) {
            return;
        }
        ConsumptionProbe probe = buckets.get(caller, _ -> bucket()).tryConsumeAndReturnRemaining(1);
        if (!probe.isConsumed()) {
            long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill() + 999_999_999));
            throw new HttpProblem(
                    429,
                    "too-many-requests",
                    "This caller exceeds %d requests per second (server.max-requests-per-second). Nothing was done; try again later."
                            .formatted(perSecond),
                    Map.of("Retry-After", String.valueOf(seconds)));
        }
    }

    private Bucket bucket() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(perSecond).refillGreedy(perSecond, Duration.ofSeconds(1)))
                .build();
    }
}
