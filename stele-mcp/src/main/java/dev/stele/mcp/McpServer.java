package dev.stele.mcp;

import dev.stele.audit.AuditEntry;
import dev.stele.io.Secrets;
import dev.stele.model.AgentBusyException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Server of the Model Context Protocol, independent of the transport: maps one JSON-RPC message to its response.
 * Supports the revisions with sessions from 2024-11-05 to 2025-11-25, and the stateless revision 2026-07-28, in which
 * each request states its revision and the capabilities of its client. Created by {@link McpServers#of}. Thread-safe; a
 * message is handled on the calling thread, except for tool calls that run as tasks.
 */
public final class McpServer implements AutoCloseable {

    /** Methods that only revisions with sessions have. */
    private static final Set<String> SESSION_METHODS =
            Set.of("initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe");

    /** Methods that only the stateless revision has. */
    private static final Set<String> STATELESS_METHODS =
            Set.of("server/discover", "subscriptions/listen", "tasks/get", "tasks/update", "tasks/cancel");

    /** Largest absolute value up to which a double represents every whole number. */
    private static final double MAX_EXACT_DOUBLE = 1L << 53;

    private final ToolCalls tools;
    private final Resources resources;
    private final Prompts prompts;
    private final ToolRunner runner;
    private final TaskRegistry tasks;
    private final RequestState states = new RequestState();

    McpServer(
            List<Tool> tools,
            Resources resources,
            Prompts prompts,
            ToolRunner runner,
            TaskLimits limits,
            Consumer<AuditEntry> audit) {
        this.tasks = new TaskRegistry(limits);
        this.tools = new ToolCalls(tools, runner, tasks, audit);
        this.resources = resources;
        this.prompts = prompts;
        this.runner = runner;
    }

    /**
     * Handles one message of a client.
     *
     * @param session the session of the client
     * @param message a JSON tree, not validated; null is the JSON value null
     * @param out receives notifications and requests that precede the response, and the messages of an open request
     * @return what the transport does next
     */
    Outcome handle(McpSession session, @Nullable Object message, McpSession.MessageSink out) {
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
                session.clientRequests().responseReceived(id, json);
                return new Outcome.Silent();
            }
            Object params = json.raw("params") == null ? Map.of() : json.raw("params");
            if (id == null) {
                handleNotification(session, method.get(), params);
                return new Outcome.Silent();
            }
            return respond(session, id, method.get(), JsonObject.of("params", params), out);
        } catch (RpcError e) {
            return new Outcome.Answered(JsonRpc.error(id, e));
        } catch (InvalidInputException e) {
            return new Outcome.Answered(JsonRpc.error(id, new RpcError(RpcError.INVALID_REQUEST, message(e))));
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

    private Outcome respond(
            McpSession session, Object id, String method, JsonObject params, McpSession.MessageSink out) {
        session.running().start(id);
        Revision revision = session.revision();
        Optional<Map<String, @Nullable Object>> answer;
        try {
            RequestMeta meta = RequestMeta.of(params, session);
            revision = meta.revision();
            var request = new Request(session, out, id, method, params, meta);
            answer = result(request).map(result -> JsonRpc.result(id, Envelope.of(request, result)));
        } catch (RpcError e) {
            answer = Optional.of(JsonRpc.error(id, e.in(revision)));
        } catch (NotFoundException e) {
            answer = Optional.of(JsonRpc.error(id, new RpcError(RpcError.NO_RESOURCE, message(e)).in(revision)));
        } catch (SteleException e) {
            answer = Optional.of(JsonRpc.error(
                    id,
                    new RpcError(
                            e instanceof AgentBusyException ? RpcError.INTERNAL : RpcError.INVALID_PARAMS,
                            message(e))));
        } catch (Throwable e) { // an error in one request must not affect other requests
            answer = Optional.of(
                    JsonRpc.error(id, new RpcError(RpcError.INTERNAL, Failures.report("The request " + method, e))));
        }
        boolean expected = session.running().end(id);
        Thread.interrupted(); // a late cancellation must not interrupt the next task of this thread
        if (answer.isEmpty() && expected) {
            return new Outcome.Open();
        }
        if (answer.isEmpty()) {
            session.cancel(id); // the client canceled the request while its subscription was opened
        }
        return expected ? new Outcome.Answered(answer.orElseThrow()) : new Outcome.Silent();
    }

    /** Returns the result of a request; empty if the request stays open. */
    private Optional<Map<String, @Nullable Object>> result(Request request) {
        String method = request.method();
        boolean stateless = request.meta().revision().isStateless();
        if (!stateless && STATELESS_METHODS.contains(method)) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "%s is a method of revision %s, in which each request states its version in params._meta."
                            .formatted(method, Revision.V2026_07_28.label()));
        }
        if (stateless && SESSION_METHODS.contains(method)) {
            throw noMethod(method);
        }
        if (method.equals("subscriptions/listen")) {
            listen(request);
            return Optional.empty();
        }
        return Optional.of(stateless ? inRounds(request) : answer(request, Map.of()));
    }

    private static RpcError noMethod(String method) {
        return new RpcError(RpcError.NO_METHOD, "There is no method " + Json.write(method) + ".");
    }

    /**
     * Answers a request of the stateless revision. If it needs an input of its client, the result says which, and the
     * client repeats the request with the input and the state that the result has.
     */
    private Map<String, @Nullable Object> inRounds(Request request) {
        Map<String, JsonObject> answers = states.answers(request);
        try {
            return answer(request, answers);
        } catch (InputRequired e) {
            var requests = Json.fields();
            e.requests().forEach((key, question) -> requests.keep(key, question.toJson()));
            return Json.fields()
                    .keep(Envelope.RESULT_TYPE, "input_required")
                    .keep("inputRequests", requests.map())
                    .keep("requestState", states.seal(request, answers))
                    .map();
        }
    }

    /** @param answers inputs that the client sent with the request, by key */
    private Map<String, @Nullable Object> answer(Request request, Map<String, JsonObject> answers) {
        McpSession session = request.session();
        JsonObject params = request.params();
        return switch (request.method()) {
            case "initialize" -> initialize(session, params);
            case "server/discover" -> discover(session);
            case "ping" -> Map.of();
            case "tools/list" -> tools.list(session);
            case "tools/call" -> tools.call(request, answers);
            case "tasks/get", "tasks/update", "tasks/cancel" -> tasks.handle(request);
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
            case "prompts/get" ->
                prompts.get(session, params.string("name"), params.map("arguments"), ClientInput.of(request, answers));
            case "completion/complete" -> Completions.complete(session, params);
            case "logging/setLevel" -> {
                session.setLogLevel(RequestMeta.level(params.string("level")));
                yield Map.of();
            }
            default -> throw noMethod(request.method());
        };
    }

    private Map<String, @Nullable Object> runLimited(McpSession session, Callable<Map<String, @Nullable Object>> work) {
        try {
            return runner.run(session.owner(), true, work);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new RpcError(RpcError.INTERNAL, Failures.report("The request", e));
        }
    }

    /** Opens a subscription, whose messages go to the sink of the request from here on. */
    private void listen(Request request) {
        var subscription = new Subscription(request, tasks);
        request.session().open(request.id(), subscription);
        subscription.start();
    }

    /** Returns the tool of a name; empty if there is none. */
    Optional<Tool> tool(String name) {
        return tools.find(name);
    }

    private Map<String, @Nullable Object> initialize(McpSession session, JsonObject params) {
        Revision negotiated = Revision.of(params.string("protocolVersion"))
                .filter(revision -> !revision.isStateless())
                .orElse(Revision.LATEST_WITH_SESSIONS);
        session.initialize(negotiated, JsonObject.of("capabilities", params.map("capabilities")));
        return Json.fields()
                .put("protocolVersion", negotiated.label())
                .put("capabilities", capabilities(Json.fields()))
                .put("serverInfo", Envelope.serverInfo())
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    private Map<String, @Nullable Object> discover(McpSession session) {
        return Json.fields()
                .put("supportedVersions", Revision.labels())
                .put("capabilities", capabilities(Json.fields().keep(RequestMeta.TASKS, Map.of())))
                .put("instructions", Prompts.instructions(session))
                .map();
    }

    /** @param extensions extensions besides the viewer of the graph */
    private static Map<String, @Nullable Object> capabilities(Json.Fields extensions) {
        Map<String, @Nullable Object> empty = Json.fields().map();
        return Json.fields()
                .keep("tools", empty)
                .keep("resources", Json.fields().put("subscribe", true).map())
                .keep("prompts", empty)
                .keep("completions", empty)
                .keep("logging", empty)
                .keep(
                        "extensions",
                        extensions
                                .keep(GraphViewer.EXTENSION, GraphViewer.capability())
                                .map())
                .map();
    }

    private static String message(Exception e) {
        return Secrets.hide(String.valueOf(e.getMessage()));
    }

    /** Cancels all tasks. Idempotent. */
    @Override
    public void close() {
        tasks.close();
    }
}
