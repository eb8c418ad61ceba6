package dev.stele.mcp;

import dev.stele.Stele;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.AgentStats;
import dev.stele.model.Json;
import dev.stele.model.SteleException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Says how a memory is, at once, whatever else goes on. */
final class StatusTool {

    /** Whoever asks how it is does not want to wait until it is well. */
    private static final long PATIENCE_MILLIS = 250;

    private StatusTool() {}

    static Tool of(Stele stele) {
        return new Tool(
                "status",
                "Status",
                "Says whose memory this is, how much is in it, and whether the model for meaning is ready. Always answers at once.",
                Effect.READS,
                Schema.object(),
                Schema.any("How it is"),
                call -> {
                    var json = Json.fields()
                            .put("agent", call.memory().name().value())
                            .put("readOnly", call.session().readOnly())
                            .put("model", stele.model())
                            .put("modelReady", stele.modelReady())
                            .put("process", ProcessHandle.current().pid());
                    Map<String, @Nullable Object> counts = counts(call);
                    counts.forEach(json::keep);
                    return ToolResult.of(json.map());
                });
    }

    private static Map<String, @Nullable Object> counts(ToolCall call) {
        var coming = new CompletableFuture<Optional<AgentStats>>();
        PlatformThreads.start("stele-mcp-status", () -> {
            try {
                coming.complete(Optional.of(call.memory().stats()));
            } catch (dev.stele.model.NotFoundException e) {
                coming.complete(Optional.empty());
            } catch (SteleException e) {
                coming.completeExceptionally(e);
            }
        });
        try {
            Optional<AgentStats> stats = coming.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            var json = Json.fields().put("memory", stats.isPresent() ? "open" : "empty");
            stats.ifPresent(all -> all.toJson().forEach(json::put));
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
