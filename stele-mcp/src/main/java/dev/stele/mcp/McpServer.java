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
 * Answers the messages of clients, whichever way they come. Knows the revisions with sessions from 2024-11-05 to 2025-11-25, and of
 * the stateless one of 2026-07-28 that each request says its version itself. Immutable and thread-safe; a message is answered on the
 * thread that brings it.
 */
public final class McpServer {

    private static final System.Logger LOG = System.getLogger(McpServer.class.getName());

    private static final String LATEST = "2025-11-25";
    private static final String STATELESS = "2026-07-28";
    /** Those with sessions, the latest first. */
    private static final List<String> VERSIONS = List.of(LATEST, "2025-06-18", "2025-03-26", "2024-11-05");
    /** Those, and the one without, first. */
    private static final List<String> ALL_VERSIONS =
            Stream.concat(Stream.of(STATELESS), VERSIONS.stream()).toList();
    /** Where a request says its version itself. */
    static final String VERSION_OF_REQUEST = "io.modelcontextprotocol/protocolVersion";

    /** Longest text of a tool's answer. */
    private static final int MAX_ANSWER_CHARS = 16 << 20;

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
     * Answers one message.
     *
     * @param message a tree that may be anything
     * @param out where to send what comes before the answer
     * @return the answer, or empty where none is due
     */
    Optional<Map<String, @Nullable Object>> handle(McpSession session, @Nullable Object message, McpSession.Out out) {
        Object id = null;
        try {
            JsonObject json = asMessage(message);
            id = json.raw("id");
            if (id != null && !(id instanceof String) && !(id instanceof Number)) {
                id = null;
                throw new RpcError(RpcError.INVALID_REQUEST, "The id of a request must be text or a number.");
            }
            Optional<String> method = json.optionalString("method");
            if (method.isEmpty()) {
                if (id == null || (!json.has("result") && !json.has("error"))) {
                    throw new RpcError(RpcError.INVALID_REQUEST, "The message has no method.");
                }
                session.answered(id, json);
                return Optional.empty();
            }
            JsonObject params = JsonObject.of("params", json.has("params") ? json.raw("params") : Map.of());
            if (id == null) {
                notified(session, method.get(), params);
                return Optional.empty();
            }
            return answer(session, id, method.get(), params, out);
        } catch (RpcError e) {
            return Optional.of(Rpc.error(id, e));
        } catch (InvalidInputException e) {
            return Optional.of(Rpc.error(id, new RpcError(RpcError.INVALID_REQUEST, message(e))));
        }
    }

    private static JsonObject asMessage(@Nullable Object message) {
        if (!(message instanceof Map<?, ?>)) {
            throw new RpcError(RpcError.INVALID_REQUEST, "A message must be a JSON object.");
        }
        JsonObject json = JsonObject.of("message", message);
        if (!"2.0".equals(json.raw("jsonrpc"))) {
            throw new RpcError(RpcError.INVALID_REQUEST, "The message must say \"jsonrpc\": \"2.0\".");
        }
        return json;
    }

    private static void notified(McpSession session, String method, JsonObject params) {
        if (method.equals("notifications/cancelled")) {
            Object request = params.raw("requestId");
            if (request != null) {
                session.cancel(request);
            }
        }
        // All others tell what we do not need to know.
    }

    private Optional<Map<String, @Nullable Object>> answer(
            McpSession session, Object id, String method, JsonObject params, McpSession.Out out) {
        session.began(id);
        Map<String, @Nullable Object> answer;
        try {
            Map<String, @Nullable Object> result = result(session, method, params, out);
            answer = Rpc.result(id, isStateless(params) ? complete(result) : result);
        } catch (RpcError e) {
            answer = Rpc.error(id, e);
        } catch (NotFoundException e) {
            answer = Rpc.error(id, new RpcError(RpcError.NO_RESOURCE, message(e)));
        } catch (SteleException e) {
            answer = Rpc.error(
                    id,
                    new RpcError(
                            e instanceof AgentBusyException ? RpcError.INTERNAL : RpcError.INVALID_PARAMS, message(e)));
        } catch (Throwable e) { // an error of one request must not reach the others
            answer = Rpc.error(id, new RpcError(RpcError.INTERNAL, failure("The request " + method, e)));
        }
        boolean wanted = session.ended(id);
        Thread.interrupted(); // a cancellation that came too late must not reach what this thread does next
        return wanted ? Optional.of(answer) : Optional.empty();
    }

    private static boolean isStateless(JsonObject params) {
        return STATELESS.equals(params.map("_meta").get(VERSION_OF_REQUEST));
    }

    private static Map<String, @Nullable Object> complete(Map<String, @Nullable Object> result) {
        var whole = Json.fields().keep("resultType", "complete");
        result.forEach(whole::keep);
        return whole.map();
    }

    private Map<String, @Nullable Object> result(
            McpSession session, String method, JsonObject params, McpSession.Out out) {
        Object asked = params.map("_meta").get(VERSION_OF_REQUEST);
        if (asked != null && !ALL_VERSIONS.contains(asked)) {
            throw new RpcError(RpcError.INVALID_PARAMS, unknownVersion(asked));
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
                                        .filter(tool -> isOpen(session, tool))
                                        .map(Tool::toJson)
                                        .toList())
                        .map();
            case "tools/call" -> call(session, params, out).toJson();
            case "resources/list" -> resources.list(session);
            case "resources/templates/list" -> resources.templates(session);
            case "resources/read" -> limited(session, () -> resources.read(session, params.string("uri")));
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
                session.level(LogLevel.of(params.string("level"))
                        .orElseThrow(() -> new RpcError(
                                RpcError.INVALID_PARAMS,
                                "The level " + Json.write(params.raw("level")) + " is unknown.")));
                yield Map.of();
            }
            default -> throw new RpcError(RpcError.NO_METHOD, "There is no method " + Json.write(method) + ".");
        };
    }

    private Map<String, @Nullable Object> limited(McpSession session, Callable<Map<String, @Nullable Object>> work) {
        try {
            return runner.run(session.owner(), true, work);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new RpcError(RpcError.INTERNAL, failure("The request", e));
        }
    }

    /** Whether this version of the protocol is spoken. */
    static boolean speaks(String version) {
        return ALL_VERSIONS.contains(version);
    }

    static String unknownVersion(Object version) {
        return "The protocol version %s is unknown; this server speaks %s."
                .formatted(version, String.join(", ", ALL_VERSIONS));
    }

    private static boolean isOpen(McpSession session, Tool tool) {
        return !session.readOnly() || tool.effect().readOnly();
    }

    private Map<String, @Nullable Object> initialize(McpSession session, JsonObject params) {
        String asked = params.string("protocolVersion");
        return Json.fields()
                .put("protocolVersion", VERSIONS.contains(asked) ? asked : LATEST)
                .put("capabilities", capabilities())
                .put("serverInfo", about())
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    private Map<String, @Nullable Object> discover(McpSession session) {
        return Json.fields()
                .put("supportedVersions", ALL_VERSIONS)
                .put("capabilities", capabilities())
                .put("serverInfo", about())
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    private static Map<String, @Nullable Object> about() {
        return Json.fields()
                .put("name", "stele")
                .put("title", "Stele: memory for agents")
                .put("version", "0.1.0")
                .map();
    }

    private static Map<String, @Nullable Object> capabilities() {
        Map<String, @Nullable Object> nothing = Json.fields().map();
        return Json.fields()
                .keep("tools", nothing)
                .keep("resources", Json.fields().put("subscribe", true).map())
                .keep("prompts", nothing)
                .keep("completions", nothing)
                .keep("logging", nothing)
                .map();
    }

    private ToolResult call(McpSession session, JsonObject params, McpSession.Out out) {
        String name = params.string("name");
        Tool tool = tools.get(name);
        if (tool == null) {
            throw new RpcError(RpcError.INVALID_PARAMS, "Unknown tool: " + name);
        }
        if (!isOpen(session, tool)) {
            return ToolResult.failed("This memory is open for reading only; " + name + " would change it.");
        }
        Object given = params.raw("arguments");
        Object arguments = given == null ? Map.of() : given;
        Optional<String> problem = tool.input().problem("arguments", arguments);
        if (problem.isPresent()) {
            return ToolResult.failed("Invalid arguments for " + name + ": " + problem.get() + ".");
        }
        var call = new ToolCall(
                session,
                out,
                JsonObject.of("arguments", arguments),
                params.map("_meta").get("progressToken"));
        Optional<SearchBeforeWriteGuard> gate = session.gate();
        if (gate.isPresent() && asksForSearch(tool) && !gate.get().passes(Json.write(arguments))) {
            return ToolResult.failed(
                    "Search first: nothing was searched in this session that " + name
                            + " is about. Call recall or search_nodes with its topic, build on what is there, then call again.");
        }
        ToolResult result = run(tool, call);
        if (tool.effect().readOnly() && !result.error()) {
            gate.ifPresent(one -> one.searched(Json.write(arguments)));
        }
        return result;
    }

    private static boolean asksForSearch(Tool tool) {
        return tool.effect() == Tool.Effect.ADDS || tool.effect() == Tool.Effect.SETS;
    }

    private ToolResult run(Tool tool, ToolCall call) {
        try {
            ToolResult result = runner.run(
                    call.session().owner(), tool.heavy(), () -> tool.body().call(call));
            return result.textLength() > MAX_ANSWER_CHARS
                    ? ToolResult.failed(
                            "The answer has more than %d characters; ask for less, for instance by search_nodes or a limit."
                                    .formatted(MAX_ANSWER_CHARS))
                    : result;
        } catch (RpcError e) {
            throw e;
        } catch (SteleException e) {
            call.log(LogLevel.WARNING, tool.name() + ": " + message(e));
            return ToolResult.failed(message(e));
        } catch (Throwable e) { // as in answer
            String why = failure("The tool " + tool.name(), e);
            call.log(LogLevel.ERROR, why);
            return ToolResult.failed(why);
        }
    }

    /** Logs a failure that is not the client's, and returns what the client may know of it. */
    private static String failure(String what, Throwable e) {
        LOG.log(System.Logger.Level.ERROR, what + " failed", e);
        return switch (e) {
            case OutOfMemoryError _ -> what + " needed more memory than there is; ask for less.";
            case StackOverflowError _ -> what + " is nested too deeply; make it flatter.";
            default -> what + " failed; the server's log has the reason.";
        };
    }

    private static String message(Exception e) {
        return Secrets.hide(String.valueOf(e.getMessage()));
    }
}
