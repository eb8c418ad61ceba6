package dev.stele.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A background job as it stands. Immutable.
 *
 * @param number its place in the order of submission
 * @param id how it is asked for
 * @param draft what was asked
 * @param state where it stands
 * @param attempts how often it was begun
 * @param createdAt when it was asked for
 * @param notBefore when it may begin, or begin again after a failure
 * @param startedAt when the latest attempt began
 * @param endedAt when it was done, failed for good or was called off
 * @param cancelWanted whether it is to end early; its worker has yet to notice
 * @param progress how far it is, in words
 * @param error what went wrong at the latest attempt that failed
 * @param result what came of it, as JSON values; empty unless done
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

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("kind", draft.kind())
                .put("agent", draft.agent().map(AgentName::value))
                .put("state", state.word())
                .put("priority", draft.priority().word())
                .put("arguments", draft.arguments())
                .put("attempts", (long) attempts)
                .put("mostAttempts", (long) draft.attempts())
                .put("timeoutSeconds", draft.timeout().toMillis() / 1000.0)
                .put("createdAt", createdAt)
                .put("notBefore", notBefore)
                .put("startedAt", startedAt)
                .put("endedAt", endedAt)
                .put("cancelWanted", (cancelWanted && !state.ended()) ? true : null)
                .put("progress", progress)
                .put("error", error)
                .put("result", result)
                .map();
    }
}
