package dev.stele.mcp;

import dev.stele.Stele;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.AgentStats;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Factory of the tool {@code status}, which reports the state of a memory without waiting for it. */
final class StatusTool {

    /** Maximum time to wait for the counts; a busy memory is reported as busy. */
    private static final long MAX_WAIT_MILLIS = 250;

    private StatusTool() {}

    static Tool of(Stele stele) {
        return new Tool(
                "status",
                "Status",
                "Reports the agent of this memory, the number of its items, and whether the embedding model is ready. Never waits.",
                Effect.READ_ONLY,
                Schema.object(),
                call -> {
                    var json = Json.fields()
                            .put("agent", call.memory().name().value())
                            .put("read_only", call.session().readOnly())
                            .put("model", stele.model())
                            .put("model_ready", stele.modelReady())
                            .put("process", ProcessHandle.current().pid());
                    Map<String, @Nullable Object> counts = counts(call);
                    counts.forEach(json::keep);
                    return ToolResult.of(json.map());
                });
    }

    private static Map<String, @Nullable Object> counts(ToolCall call) {
        var pending = new CompletableFuture<Optional<AgentStats>>();
        PlatformThreads.start("stele-mcp-status", () -> {
            try {
                pending.complete(Optional.of(call.memory().stats()));
            } catch (NotFoundException e) {
                pending.complete(Optional.empty());
            } catch (SteleException e) {
                pending.completeExceptionally(e);
            }
        });
        try {
            Optional<AgentStats> stats = pending.get(MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS);
            var json = Json.fields().put("memory", stats.isPresent() ? "open" : "empty");
            stats.ifPresent(counts -> counts.toJson().forEach(json::put));
            return json.map();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of("memory", "cancelled");
        } catch (TimeoutException e) {
            return Map.of("memory", "busy");
        } catch (ExecutionException e) {
            return Json.fields()
                    .put("memory", "failing")
                    .put(
                            "problem",
                            String.valueOf(
                                    e.getCause() == null ? e : e.getCause().getMessage()))
                    .map();
        }
    }
}
