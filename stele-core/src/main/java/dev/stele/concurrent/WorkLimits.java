package dev.stele.concurrent;

import dev.stele.model.InvalidInputException;
import java.time.Duration;

/**
 * Upper bounds of one piece of work, such as one request. Immutable.
 *
 * @param time maximum wall-clock time, waiting included ({@code limits.request-time})
 * @param cpuTime maximum processor time of the thread that does the work ({@code limits.request-cpu-time})
 * @param allocatedBytes maximum number of bytes that the thread allocates on the heap, garbage included
 *     ({@code limits.request-allocation})
 */
public record WorkLimits(Duration time, Duration cpuTime, long allocatedBytes) {

    /** 60 seconds, 10 of them on a processor, and a quarter of the bytes that the heap can hold. */
    public static final WorkLimits DEFAULT = new WorkLimits(
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));

    public WorkLimits {
        positive("limits.request-time", time.toNanos());
        positive("limits.request-cpu-time", cpuTime.toNanos());
        positive("limits.request-allocation", allocatedBytes);
    }

    private static void positive(String key, long value) {
        if (value <= 0) {
            throw new InvalidInputException(key + " must be greater than zero.");
        }
    }

    public WorkLimits withTime(Duration longest) {
        return new WorkLimits(longest, cpuTime, allocatedBytes);
    }

    public WorkLimits withCpuTime(Duration longest) {
        return new WorkLimits(time, longest, allocatedBytes);
    }

    public WorkLimits withAllocatedBytes(long most) {
        return new WorkLimits(time, cpuTime, most);
    }
}
