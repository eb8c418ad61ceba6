package dev.stele.mcp;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.telemetry.TraceContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Revision of a request and what its client supports. In the stateless revision the request states both in its
 * {@code _meta}; in earlier revisions the session has them since {@code initialize}. Immutable.
 *
 * @param revision revision of the request
 * @param capabilities capabilities that the client declared, in the form of the protocol
 * @param logLevel lowest level of log messages that the client receives for the request; empty for none
 * @param progressToken token of the client for progress notifications, text or number; null if it wants none
 * @param trace position in the trace of the client: that of {@code _meta}, or else of the HTTP request; empty for none
 */
record RequestMeta(
        Revision revision,
        JsonObject capabilities,
        Optional<LogLevel> logLevel,
        @Nullable Object progressToken,
        Optional<TraceContext> trace) {

    private static final String PREFIX = "io.modelcontextprotocol/";
    static final String SUBSCRIPTION_ID = PREFIX + "subscriptionId";
    static final String SERVER_INFO = PREFIX + "serverInfo";
    /** Identifier of the extension with which a tool call may become a task. */
    static final String TASKS = PREFIX + "tasks";

    private static final String VERSION = PREFIX + "protocolVersion";
    private static final String CAPABILITIES = PREFIX + "clientCapabilities";
    private static final String LOG_LEVEL = PREFIX + "logLevel";

    /**
     * Reads the metadata of a request.
     *
     * @param params parameters of the request
     * @param session session of the client, which has the metadata that the request does not state
     * @throws RpcError if the request must state its metadata and does not, or states an unsupported version
     */
    static RequestMeta of(JsonObject params, McpSession session) {
        JsonObject meta = JsonObject.of("_meta", params.map("_meta"));
        Object token = meta.raw("progressToken");
        Object version = meta.raw(VERSION);
        Optional<TraceContext> trace = TraceContext.parse(meta.raw("traceparent"), meta.raw("tracestate"))
                .or(TraceContext::current);
        if (version == null && !session.revision().isStateless()) {
            return new RequestMeta(
                    session.revision(), session.capabilities(), Optional.of(session.logLevel()), token, trace);
        }
        if (!(version instanceof String)) {
            throw absent(VERSION);
        }
        Revision revision = Revision.of(version).orElseThrow(() -> Revision.unsupported(version));
        if (!revision.isStateless()) {
            throw RpcError.unsupportedVersion(
                    "A client of revision %s starts with initialize; a request that states its version needs %s."
                            .formatted(version, Revision.V2026_07_28.label()),
                    List.of(Revision.V2026_07_28.label()),
                    version);
        }
        JsonObject capabilities = meta.object(CAPABILITIES).orElseThrow(() -> absent(CAPABILITIES));
        return new RequestMeta(
                revision, capabilities, meta.optionalString(LOG_LEVEL).map(RequestMeta::level), token, trace);
    }

    private static RpcError absent(String key) {
        return new RpcError(
                RpcError.INVALID_PARAMS,
                "A request of revision %s must have %s in params._meta."
                        .formatted(Revision.V2026_07_28.label(), Json.write(key)));
    }

    /**
     * Returns the level with a label.
     *
     * @throws RpcError if there is no such level
     */
    static LogLevel level(String label) {
        return LogLevel.of(label)
                .orElseThrow(
                        () -> new RpcError(RpcError.INVALID_PARAMS, "The level " + Json.write(label) + " is unknown."));
    }

    /** Returns the version that a message states; null if it states none. */
    static @Nullable Object statedVersion(@Nullable Object message) {
        return message instanceof Map<?, ?> map
                        && map.get("params") instanceof Map<?, ?> params
                        && params.get("_meta") instanceof Map<?, ?> meta
                ? meta.get(VERSION)
                : null;
    }

    /**
     * Returns whether the client can answer a kind of request.
     *
     * @param capability {@code elicitation} (by form), {@code sampling} or {@code roots}
     */
    boolean supports(String capability) {
        if (!(capabilities.raw(capability) instanceof Map<?, ?> settings)) {
            return false;
        }
        // A client that supports elicitation by URL only declares {"url": {}}.
        return !capability.equals("elicitation") || settings.isEmpty() || settings.containsKey("form");
    }

    /** Returns whether the client accepts a task in place of the result of a tool call. */
    boolean supportsTasks() {
        return revision.isStateless() && capabilities.map("extensions").get(TASKS) != null;
    }

    /**
     * Checks that the client accepts tasks.
     *
     * @param operation what needs tasks, for the message
     * @throws RpcError if it does not
     */
    void requireTasks(String operation) {
        if (!supportsTasks()) {
            throw RpcError.missingCapability(
                    operation,
                    Json.fields()
                            .keep(
                                    "extensions",
                                    Json.fields().keep(TASKS, Map.of()).map())
                            .map());
        }
    }
}
