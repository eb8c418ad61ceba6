package dev.stele.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * So many requests a second of each caller, with as many at once. A caller is a key, or an address without one.
 * Thread-safe.
 */
final class RateLimit {

    private static final long MAX_CALLERS = 10_000;

    private final int perSecond;
    private final Cache<String, Bucket> buckets;

    /** @param perSecond 0 for no bound */
    RateLimit(int perSecond) {
        this.perSecond = perSecond;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_CALLERS)
                .expireAfterAccess(Duration.ofMinutes(1)) // by then a bucket is full again and tells nothing
                .executor(Runnable::run)
                .build();
    }

    /** @throws HttpProblem if the caller has to wait */
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
                    "More than %d requests a second of one caller are not taken (server.max-requests-per-second). Nothing was done; slow down."
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
