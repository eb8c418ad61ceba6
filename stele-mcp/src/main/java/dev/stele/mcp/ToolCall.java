package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool.
 *
 * @param session session of the client
 * @param out receives messages that precede the result
 * @param arguments arguments, checked against the schema of the tool
 * @param progressToken token of the client for progress notifications, text or number; null if it wants none
 */
record ToolCall(
        McpSession session,
        McpSession.MessageSink out,
        JsonObject arguments,
        @Nullable Object progressToken) {

    AgentMemory memory() {
        return session.memory();
    }

    /**
     * Sends a progress notification, if the client asked for them.
     *
     * @param done amount that is done, in the unit of {@code total}
     * @param total whole amount
     * @param message description of the current step
     */
    void progress(double done, double total, String message) {
        if (progressToken != null) {
            out.send(JsonRpc.notification(
                    "notifications/progress",
                    Json.fields()
                            .put("progressToken", progressToken)
                            .put("progress", done)
                            .put("total", total)
                            .put("message", message)
                            .map()));
        }
    }

    /** Sends a log message to the client, if its level is high enough. */
    void log(LogLevel level, String text) {
        session.log(out, level, text);
    }

    /** Returns whether the argument {@code detail} asks for all fields. */
    boolean isFull() {
        return arguments.optionalString("detail").filter("full"::equals).isPresent();
    }

    /** Arguments as a JSON tree. */
    Map<String, @Nullable Object> raw() {
        return arguments.raw();
    }
}
