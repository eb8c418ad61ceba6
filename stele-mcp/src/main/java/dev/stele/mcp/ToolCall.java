package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool.
 *
 * @param session whose client called
 * @param arguments checked against the tool's schema
 * @param progressToken by which the client wants to hear how far it is, or null
 */
record ToolCall(
        McpSession session,
        McpSession.Out out,
        JsonObject arguments,
        @Nullable Object progressToken) {

    AgentMemory memory() {
        return session.memory();
    }

    /** Tells the client how far it is, if it wants to know. */
    void progress(double done, double total, String message) {
        if (progressToken != null) {
            out.send(Rpc.notification(
                    "notifications/progress",
                    dev.stele.model.Json.fields()
                            .put("progressToken", progressToken)
                            .put("progress", done)
                            .put("total", total)
                            .put("message", message)
                            .map()));
        }
    }

    /** Tells the client's log something, if it listens to this level. */
    void log(LogLevel level, String what) {
        session.log(out, level, what);
    }

    /** Whether the answer shall hold all there is. */
    boolean full() {
        return arguments.optionalString("detail").filter("full"::equals).isPresent();
    }

    Map<String, @Nullable Object> raw() {
        return arguments.raw();
    }
}
