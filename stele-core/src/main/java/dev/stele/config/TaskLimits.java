package dev.stele.config;

import dev.stele.model.InvalidInputException;
import java.time.Duration;

/**
 * Limits of background jobs. Immutable.
 *
 * @param waiting maximum number of waiting jobs ({@code tasks.max-waiting})
 * @param keep time for which an ended job can be looked up ({@code tasks.keep})
 * @param lease time without a heartbeat after which a worker counts as dead ({@code tasks.lease})
 */
public record TaskLimits(int waiting, Duration keep, Duration lease) {

    public static final TaskLimits DEFAULT = new TaskLimits(1_000, Duration.ofDays(7), Duration.ofSeconds(30));

    public TaskLimits {
        if (waiting < 1) {
            throw new InvalidInputException("tasks.max-waiting is %d; it must be at least 1.".formatted(waiting));
        }
        if (keep.isNegative()) {
            throw new InvalidInputException("tasks.keep is negative; use 0s to keep none.");
        }
        if (lease.toMillis() < 100) {
            throw new InvalidInputException("tasks.lease is %s; it must be at least 100ms.".formatted(lease));
        }
    }
}
