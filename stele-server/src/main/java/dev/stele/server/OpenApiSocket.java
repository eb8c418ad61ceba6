package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Description of the WebSocket of a chat for {@link OpenApi}: its handshake, its frames and its close codes. */
final class OpenApiSocket {

    /** Names of the routes that are WebSockets. */
    private static final Set<String> SOCKETS = Set.of("openChatSocket");

    /** Schemas of the frames that a client sends, by the value of {@code type}. */
    private static final Map<String, List<String>> SENT = new LinkedHashMap<>();

    /** Schemas of the frames that the server sends, by the value of {@code type}. */
    private static final Map<String, List<String>> RECEIVED = new LinkedHashMap<>();

    static {
        SENT.put("join", List.of("session* string", "user string", "after string"));
        SENT.put("leave", List.of("session* string"));
        SENT.put("message", List.of("session* string", "text* string", "id string"));
        SENT.put("typing", List.of("session* string", "on boolean"));
        SENT.put("ping", List.of());
        RECEIVED.put("connected", List.of("agent* string"));
        RECEIVED.put("joined", List.of("session* string", "messages* [StoredMessage]"));
        RECEIVED.put("left", List.of("session* string"));
        RECEIVED.put("message", List.of("session* string", "message* StoredMessage"));
        RECEIVED.put("chunk", List.of("session* string", "reply_to* string", "seq* integer", "text* string"));
        RECEIVED.put(
                "complete", List.of("session* string", "reply_to* string", "cut boolean", "message* StoredMessage"));
        RECEIVED.put("typing", List.of("session* string", "who* string", "on* boolean"));
        RECEIVED.put("pong", List.of());
        RECEIVED.put("error", List.of("session string", "reply_to string", "code* string", "detail* string"));
    }

    private OpenApiSocket() {}

    /** Returns whether a route is a WebSocket and no operation that has an answer. */
    static boolean isSocket(Router.Route route) {
        return SOCKETS.contains(route.name());
    }

    /** Returns the description of a WebSocket, in words like those of an operation. */
    static Map<String, @Nullable Object> describe(Router.Route route) {
        return Json.fields()
                .put("operationId", route.name())
                .put("summary", route.summary())
                .put(
                        "description",
                        "A GET request with a handshake of RFC 6455, which permits message compression (RFC 7692), is"
                                + " answered with 101; one without a handshake with 426. No subprotocol is needed, and"
                                + " none is selected. A browser may connect from the pages of this server only. Every"
                                + " frame is a JSON object in text.")
                .put("sends", union(SENT))
                .put("receives", union(RECEIVED))
                .put(
                        "closeCodes",
                        Json.fields()
                                .put("1001", "The server stops.")
                                .put("1008", "The key was revoked.")
                                .put("1009", "A frame was too long.")
                                .put("1013", "The client left too many frames unread; it may join again.")
                                .map())
                .map();
    }

    private static Map<String, @Nullable Object> union(Map<String, List<String>> frames) {
        List<Map<String, @Nullable Object>> choices = new ArrayList<>();
        frames.forEach((type, fields) ->
                choices.add(OpenApiSchemas.object(OpenApiResponses.with(List.of("type* enum:" + type), fields))));
        return Json.fields().put("oneOf", choices).map();
    }
}
