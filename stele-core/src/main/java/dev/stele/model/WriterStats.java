package dev.stele.model;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * State of the writes of one process to an agent. Immutable.
 *
 * @param agent the agent
 * @param queued number of writes that wait for the group before them
 * @param waiting how long the next group has waited for the write lock of the agent by now; empty if no group waits
 * @param holder who holds the write lock, as far as is known; empty if no group waits
 * @param totalWait time that groups have waited for the write lock since the agent was opened; on PostgreSQL also for
 *     a connection
 */
public record WriterStats(
        AgentName agent, int queued, Optional<Duration> waiting, Optional<String> holder, Duration totalWait) {

    /** Returns the fields with times in seconds. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("agent", agent.value())
                .put("queued", queued)
                .put("waiting_seconds", waiting.map(WriterStats::seconds).orElse(null))
                .put("holder", holder.orElse(null))
                .put("total_wait_seconds", seconds(totalWait))
                .map();
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
