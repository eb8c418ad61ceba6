package dev.stele.mcp;

import dev.stele.io.Secrets;
import dev.stele.model.AgentBusyException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Server of the Model Context Protocol, independent of the transport: maps one JSON-RPC message to its response.
 * Supports the revisions with sessions from 2024-11-05 to 2025-11-25, and the stateless revision 2026-07-28, in which
 * each request states its protocol version. Created by {@link McpServers#of}. Immutable and thread-safe; a message is
 * handled on the calling thread.
 */
public final class McpServer {

    private static final System.Logger LOG = System.getLogger(McpServer.class.getName());

    private static final String LATEST = "2025-11-25";
    private static final String STATELESS = "2026-07-28";
    /** Revisions with sessions, the latest first. */
    private static final List<String> VERSIONS = List.of(LATEST, "2025-06-18", "2025-03-26", "2024-11-05");
    /** All revisions, the latest first. */
    private static final List<String> ALL_VERSIONS =
            Stream.concat(Stream.of(STATELESS), VERSIONS.stream()).toList();
    /** Key of {@code _meta} under which a stateless request states its protocol version. */
    static final String REQUEST_VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

    /** Largest absolute value up to which a double represents every whole number. */
    private static final double MAX_EXACT_DOUBLE = 1L << 53;

    /** Maximum length of all texts in the result of a tool, in UTF-16 chars. */
    private static final int MAX_RESULT_CHARS = 16 << 20;

    private final Map<String, Tool> tools = new LinkedHashMap<>();
    private final Resources resources;
    private final Prompts prompts;
    private final ToolRunner runner;

    McpServer(List<Tool> tools, Resources resources, Prompts prompts, ToolRunner runner) {
        tools.forEach(tool -> this.tools.put(tool.name(), tool));
        this.resources = resources;
        this.prompts = prompts;
        this.runner = runner;
    }

    /**
     * Handles one message of a client.
     *
     * @param session the session of the client
     * @param message a JSON tree, not validated; null is the JSON value null
     * @param out receives notifications and requests that precede the response
     * @return the response, or empty if the message is a notification, a response or a canceled request
     */
    Optional<Map<String, @Nullable Object>> handle(
            McpSession session, @Nullable Object message, McpSession.MessageSink out) {
        Object id = null;
        try {
            JsonObject json = validMessage(message);
            if (json.has("id")) {
                id = requestId(json.raw("id"));
            }
            Optional<String> method = json.optionalString("method");
            if (method.isEmpty()) {
                if (id == null || (!json.has("result") && !json.has("error"))) {
                    throw new RpcError(RpcError.INVALID_REQUEST, "The message has no method.");
                }
                session.responseReceived(id, json);
                return Optional.empty();
            }
            Object params = json.raw("params") == null ? Map.of() : json.raw("params");
            if (id == null) {
                handleNotification(session, method.get(), params);
                return Optional.empty();
            }
            return respond(session, id, method.get(), JsonObject.of("params", params), out);
        } catch (RpcError e) {
            return Optional.of(JsonRpc.error(id, e));
        } catch (InvalidInputException e) {
            return Optional.of(JsonRpc.error(id, new RpcError(RpcError.INVALID_REQUEST, message(e))));
        }
    }

    /**
     * Checks and returns the id of a request, which the response repeats exactly.
     *
     * @throws RpcError if it is neither text nor a number that keeps its value when it is read
     */
    private static Object requestId(@Nullable Object id) {
        boolean exact = id instanceof String
                || id instanceof Long
                || (id instanceof Double number && Math.abs(number) <= MAX_EXACT_DOUBLE);
        if (id == null || !exact) {
            throw new RpcError(
                    RpcError.INVALID_REQUEST, "The id of a request must be text or a whole number of at most 63 bits.");
        }
        return id;
    }

    private static JsonObject validMessage(@Nullable Object message) {
        if (!(message instanceof Map<?, ?>)) {
            throw new RpcError(RpcError.INVALID_REQUEST, "A message must be a JSON object.");
        }
        JsonObject json = JsonObject.of("message", message);
        if (!"2.0".equals(json.raw("jsonrpc"))) {
            throw new RpcError(RpcError.INVALID_REQUEST, "The message must say \"jsonrpc\": \"2.0\".");
        }
        return json;
    }

    /** Handles a message that is never answered, whatever its parameters are. */
    private static void handleNotification(McpSession session, String method, Object params) {
        if (method.equals("notifications/cancelled") && params instanceof Map<?, ?> fields) {
            Object request = fields.get("requestId");
            if (request != null) {
                session.cancel(request);
            }
        }
        // Other notifications need no action.
    }

    private Optional<Map<String, @Nullable Object>> respond(
            McpSession session, Object id, String method, JsonObject params, McpSession.MessageSink out) {
        session.requestStarted(id);
        Map<String, @Nullable Object> answer;
        try {
            Map<String, @Nullable Object> result = result(session, method, params, out);
            answer = JsonRpc.result(id, isStateless(params) ? withResultType(result) : result);
        } catch (RpcError e) {
            answer = JsonRpc.error(id, e);
        } catch (NotFoundException e) {
            answer = JsonRpc.error(id, new RpcError(RpcError.NO_RESOURCE, message(e)));
        } catch (SteleException e) {
            answer = JsonRpc.error(
                    id,
                    new RpcError(
                            e instanceof AgentBusyException ? RpcError.INTERNAL : RpcError.INVALID_PARAMS, message(e)));
        } catch (Throwable e) { // an error in one request must not affect other requests
            answer = JsonRpc.error(id, new RpcError(RpcError.INTERNAL, failure("The request " + method, e)));
        }
        boolean expected = session.requestEnded(id);
        Thread.interrupted(); // a late cancellation must not interrupt the next task of this thread
        return expected ? Optional.of(answer) : Optional.empty();
    }

    private static boolean isStateless(JsonObject params) {
        return STATELESS.equals(params.map("_meta").get(REQUEST_VERSION_KEY));
    }

    private static Map<String, @Nullable Object> withResultType(Map<String, @Nullable Object> result) {
        var typed = Json.fields().keep("resultType", "complete");
        result.forEach(typed::keep);
        return typed.map();
    }

    private Map<String, @Nullable Object> result(
            McpSession session, String method, JsonObject params, McpSession.MessageSink out) {
        Object version = params.map("_meta").get(REQUEST_VERSION_KEY);
        if (version != null && !ALL_VERSIONS.contains(version)) {
            throw new RpcError(RpcError.INVALID_PARAMS, unknownVersion(version));
        }
        return switch (method) {
            case "initialize" -> initialize(session, params);
            case "server/discover" -> discover(session);
            case "ping" -> Map.of();
            case "tools/list" ->
                Json.fields()
                        .keep(
                                "tools",
                                tools.values().stream()
                                        .filter(tool -> isAvailable(session, tool))
                                        .map(Tool::toJson)
                                        .toList())
                        .map();
            case "tools/call" -> call(session, params, out).toJson();
            case "resources/list" -> resources.list(session);
            case "resources/templates/list" -> resources.templates(session);
            case "resources/read" -> runLimited(session, () -> resources.read(session, params.string("uri")));
            case "resources/subscribe" -> {
                session.subscribe(params.string("uri"));
                yield Map.of();
            }
            case "resources/unsubscribe" -> {
                session.unsubscribe(params.string("uri"));
                yield Map.of();
            }
            case "prompts/list" -> prompts.list();
            case "prompts/get" -> prompts.get(session, params.string("name"), params.map("arguments"));
            case "completion/complete" -> Completions.complete(session, params);
            case "logging/setLevel" -> {
                session.setLogLevel(LogLevel.of(params.string("level"))
                        .orElseThrow(() -> new RpcError(
                                RpcError.INVALID_PARAMS,
                                "The level " + Json.write(params.raw("level")) + " is unknown.")));
                yield Map.of();
            }
            default -> throw new RpcError(RpcError.NO_METHOD, "There is no method " + Json.write(method) + ".");
        };
    }

    private Map<String, @Nullable Object> runLimited(McpSession session, Callable<Map<String, @Nullable Object>> work) {
        try {
            return runner.run(session.owner(), true, work);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new RpcError(RpcError.INTERNAL, failure("The request", e));
        }
    }

    /** Returns whether a revision of the protocol is supported. */
    static boolean supports(String version) {
        return ALL_VERSIONS.contains(version);
    }

    static String unknownVersion(Object version) {
        return "The protocol version %s is unknown; this server supports %s."
                .formatted(version, String.join(", ", ALL_VERSIONS));
    }

    private static boolean isAvailable(McpSession session, Tool tool) {
        return session.tools().includes(tool.name())
                && (!session.readOnly() || tool.effect().readOnly());
    }

    private Map<String, @Nullable Object> initialize(McpSession session, JsonObject params) {
        String requested = params.string("protocolVersion");
        return Json.fields()
                .put("protocolVersion", VERSIONS.contains(requested) ? requested : LATEST)
                .put("capabilities", capabilities())
                .put("serverInfo", serverInfo())
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    private Map<String, @Nullable Object> discover(McpSession session) {
        return Json.fields()
                .put("supportedVersions", ALL_VERSIONS)
                .put("capabilities", capabilities())
                .put("serverInfo", serverInfo())
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    private static Map<String, @Nullable Object> serverInfo() {
        return Json.fields()
                .put("name", "stele")
                .put("title", "Stele: memory for agents")
                .put("version", "0.1.0")
                .map();
    }

    private static Map<String, @Nullable Object> capabilities() {
        Map<String, @Nullable Object> empty = Json.fields().map();
        return Json.fields()
                .keep("tools", empty)
                .keep("resources", Json.fields().put("subscribe", true).map())
                .keep("prompts", empty)
                .keep("completions", empty)
                .keep("logging", empty)
                .map();
    }

    private ToolResult call(McpSession session, JsonObject params, McpSession.MessageSink out) {
        String name = params.string("name");
        Tool tool = tools.get(name);
        if (tool == null) {
            throw new RpcError(RpcError.INVALID_PARAMS, "Unknown tool: " + name);
        }
        if (!session.tools().includes(name)) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "The tool %s is not in the profile \"%s\" of this session; start \"stele mcp\" with --tools all, or add tools=all to the URL."
                            .formatted(name, session.tools().label()));
        }
        if (!isAvailable(session, tool)) {
            return ToolResult.failed("This memory is open for reading only; " + name + " would change it.");
        }
        Object raw = params.raw("arguments");
        Object arguments;
        try {
            arguments = tool.input().accept("arguments", raw == null ? Map.of() : raw);
        } catch (InvalidInputException e) {
            return ToolResult.failed("Invalid arguments for " + name + ": " + e.getMessage());
        }
        var call = new ToolCall(
                session,
                out,
                JsonObject.of("arguments", arguments),
                params.map("_meta").get("progressToken"));
        Optional<SearchBeforeWriteGuard> guard = session.guard();
        if (guard.isPresent() && requiresSearch(tool) && !guard.get().passes(Json.write(arguments))) {
            return ToolResult.failed(
                    "Search first: nothing was searched in this session that " + name
                            + " is about. Call recall or search_nodes with its topic, build on what is there, then call again.");
        }
        ToolResult result = run(tool, call);
        if (tool.effect().readOnly() && !result.error()) {
            guard.ifPresent(active -> active.recordSearch(Json.write(arguments)));
        }
        return result;
    }

    private static boolean requiresSearch(Tool tool) {
        return tool.effect() == Tool.Effect.ADDITIVE || tool.effect() == Tool.Effect.IDEMPOTENT;
    }

    private ToolResult run(Tool tool, ToolCall call) {
        try {
            ToolResult result = runner.run(
                    call.session().owner(), tool.heavy(), () -> tool.body().call(call));
            return result.textLength() > MAX_RESULT_CHARS
                    ? ToolResult.failed(
                            "The answer has more than %d characters; ask for less, for instance by search_nodes or a limit."
                                    .formatted(MAX_RESULT_CHARS))
                    : result;
        } catch (RpcError e) {
            throw e;
        } catch (SteleException e) {
            call.log(LogLevel.WARNING, tool.name() + ": " + message(e));
            return ToolResult.failed(message(e));
        } catch (Throwable e) { // an error in one call must not affect other requests
            String reason = failure("The tool " + tool.name(), e);
            call.log(LogLevel.ERROR, reason);
            return ToolResult.failed(reason);
        }
    }

    /** Logs a failure that the client did not cause, and returns the description of it that the client may see. */
    private static String failure(String operation, Throwable e) {
        LOG.log(System.Logger.Level.ERROR, operation + " failed", e);
        return switch (e) {
            case OutOfMemoryError _ -> operation + " needed more memory than there is; ask for less.";
            case StackOverflowError _ -> operation + " is nested too deeply; make it flatter.";
            default -> operation + " failed; the server's log has the reason.";
        };
    }

    private static String message(Exception e) {
        return Secrets.hide(String.valueOf(e.getMessage()));
    }
}
