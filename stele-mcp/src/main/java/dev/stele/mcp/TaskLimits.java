package dev.stele.mcp;

import dev.stele.model.Durations;
import dev.stele.model.InvalidInputException;
import java.time.Duration;

/**
 * Limits of tasks, the tool calls whose results a client fetches later. Immutable.
 *
 * @param maxTasks maximum number of tasks, running and ended ({@code mcp.tasks})
 * @param sharePercent maximum share of them for one caller, in percent ({@code server.caller-share})
 * @param keep time from its creation for which a task is kept ({@code mcp.task-time}); a task that still runs then is
 *     canceled
 */
public record TaskLimits(int maxTasks, int sharePercent, Duration keep) {

    /** 64 tasks, all of them of one caller, for 30 minutes. */
    public static final TaskLimits DEFAULT = new TaskLimits(64, 100, Duration.ofMinutes(30));

    public TaskLimits {
        if (keep.toMillis() <= 0) {
            throw new InvalidInputException(
                    "mcp.task-time is %s; it must be at least 1ms.".formatted(Durations.text(keep)));
        }
    }

    /** Maximum number of tasks of a caller that is told apart from others. */
    int maxOfCaller() {
        return Math.ceilDiv(maxTasks * sharePercent, 100);
    }
}
