package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Background task with its state. Immutable.
 *
 * @param number sequence number in the order of submission
 * @param id identifier
 * @param draft submitted task
 * @param state state of the task
 * @param attempts number of started attempts
 * @param createdAt time of submission
 * @param notBefore earliest time of the first attempt, or of the next attempt after a failure
 * @param startedAt start of the latest attempt
 * @param endedAt time at which the task was done, failed for good or was cancelled
 * @param cancelWanted whether cancellation was requested; the worker may not have noticed yet
 * @param progress progress in prose
 * @param error error of the latest failed attempt
 * @param result result as JSON values; empty unless done
 */
public record Task(
        long number,
        String id,
        TaskDraft draft,
        TaskState state,
        int attempts,
        Instant createdAt,
        Instant notBefore,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        boolean cancelWanted,
        Optional<String> progress,
        Optional<String> error,
        Map<String, @Nullable Object> result) {

    public Task {
        result = Json.copyMap(result);
    }

    /** Returns the task as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("kind", draft.kind())
                .put("agent", draft.agent().map(AgentName::value))
                .put("state", state.label())
                .put("priority", draft.priority().label())
                .put("arguments", draft.arguments())
                .put("attempts", (long) attempts)
                .put("max_attempts", (long) draft.attempts())
                .put("timeout_seconds", draft.timeout().toMillis() / 1000.0)
                .put("created_at", createdAt)
                .put("not_before", notBefore)
                .put("started_at", startedAt)
                .put("ended_at", endedAt)
                .put("cancel_requested", (cancelWanted && !state.ended()) ? true : null)
                .put("progress", progress)
                .put("error", error)
                .put("result", result)
                .map();
    }
}
