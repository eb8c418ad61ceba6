package dev.stele.mcp;

import dev.stele.model.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client, in the same form for all revisions of the protocol and all transports.
 *
 * @param session session of the client; in the stateless revision one that lasts as long as the request over HTTP, and
 *     as long as the connection over standard input and output
 * @param out receives notifications and requests that precede the response
 * @param id id of the request, text or number
 * @param method method of the protocol
 * @param params parameters of the method
 * @param meta revision and capabilities of the client
 */
record Request(
        McpSession session, McpSession.MessageSink out, Object id, String method, JsonObject params, RequestMeta meta) {

    /** Sends a log message to the client, if the client asked for messages of the level. */
    void log(LogLevel level, String text) {
        if (meta.logLevel().filter(lowest -> level.compareTo(lowest) >= 0).isPresent()) {
            out.send(JsonRpc.notification(
                    "notifications/message",
                    Map.<String, @Nullable Object>of("level", level.label(), "logger", "stele", "data", text)));
        }
    }
}
