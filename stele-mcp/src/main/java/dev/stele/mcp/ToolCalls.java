package dev.stele.mcp;

import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditOutcome;
import dev.stele.io.Secrets;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.SteleException;
import dev.stele.telemetry.TraceContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Execution of tool calls: choice of the tool, check of the arguments, guard of writes, tasks and limits. Immutable
 * except for the tasks; thread-safe.
 */
final class ToolCalls {

    /** Maximum length of all texts in the result of a tool, in UTF-16 chars. */
    private static final int MAX_RESULT_CHARS = 16 << 20;

    private final Map<String, Tool> tools = new LinkedHashMap<>();
    private final ToolRunner runner;
    private final TaskRegistry tasks;

    private final Consumer<AuditEntry> audit;

    ToolCalls(List<Tool> tools, ToolRunner runner, TaskRegistry tasks, Consumer<AuditEntry> audit) {
        tools.forEach(tool -> this.tools.put(tool.name(), tool));
        this.runner = runner;
        this.tasks = tasks;
        this.audit = audit;
    }

    /** Returns the tool of a name; empty if there is none. */
    Optional<Tool> find(String name) {
        return Optional.ofNullable(tools.get(name));
    }

    /** Result of {@code tools/list}: the tools that a session may call, always in the same order. */
    Map<String, @Nullable Object> list(McpSession session) {
        return Json.fields()
                .keep(
                        "tools",
                        tools.values().stream()
                                .filter(tool -> isAvailable(session, tool))
                                .map(Tool::toJson)
                                .toList())
                .map();
    }

    private static boolean isAvailable(McpSession session, Tool tool) {
        return session.tools().includes(tool.name())
                && (!session.readOnly() || tool.effect().readOnly())
                && (!tool.administrative() || session.administrator());
    }

    /**
     * Result of {@code tools/call}: that of the tool, or the task as which the call runs.
     *
     * @param request the request
     * @param answers answers of the client to earlier questions of the call, by key
     * @throws RpcError if there is no such tool, or the client lacks a capability that the call needs
     * @throws InputRequired if the client has to repeat the request with further answers
     */
    Map<String, @Nullable Object> call(Request request, Map<String, JsonObject> answers) {
        McpSession session = request.session();
        String name = request.params().string("name");
        Tool tool = find(name).orElseThrow(() -> new RpcError(RpcError.INVALID_PARAMS, "Unknown tool: " + name));
        if (!session.tools().includes(name)) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "The tool %s is not in the profile \"%s\" of this session; start \"stele mcp\" with --tools all, or add tools=all to the URL."
                            .formatted(name, session.tools().label()));
        }
        Object raw = request.params().raw("arguments");
        if (!isAvailable(session, tool)) {
            record(session, tool, raw, AuditOutcome.REFUSED);
            return ToolResult.failed(
                            session.readOnly() && !tool.effect().readOnly()
                                    ? "This memory is open for reading only; " + name + " would change it."
                                    : "Only an administrator may call " + name
                                            + "; connect with a key of the scope admin.")
                    .toJson();
        }
        Object arguments;
        try {
            arguments = tool.input().accept("arguments", raw == null ? Map.of() : raw);
        } catch (InvalidInputException e) {
            return ToolResult.failed("Invalid arguments for " + name + ": " + e.getMessage())
                    .toJson();
        }
        var call = new ToolCall(request, JsonObject.of("arguments", arguments), ClientInput.of(request, answers), null);
        Optional<SearchBeforeWriteGuard> guard = session.guard();
        if (guard.isPresent() && requiresSearch(tool) && !guard.get().passes(Json.write(arguments))) {
            return ToolResult.failed(
                            "Search first: nothing was searched in this session that " + name
                                    + " is about. Call recall or search_nodes with its topic, build on what is there, then call again.")
                    .toJson();
        }
        Optional<McpTask> task = task(tool, call, answers);
        if (task.isPresent()) {
            return task.get().toCreated();
        }
        ToolResult result = run(tool, call);
        if (tool.effect().readOnly() && !result.error()) {
            guard.ifPresent(active -> active.recordSearch(Json.write(arguments)));
        }
        return result.toJson();
    }

    /** Returns whether a tool adds or changes what its arguments say; one that takes no text has no topic. */
    private static boolean requiresSearch(Tool tool) {
        boolean writes = tool.effect() == Tool.Effect.ADDITIVE || tool.effect() == Tool.Effect.IDEMPOTENT;
        return writes && tool.input().takesText();
    }

    /** Starts a call as a task, if the tool and the client want one; empty if the call is to run at once. */
    private Optional<McpTask> task(Tool tool, ToolCall call, Map<String, JsonObject> answers) {
        Request request = call.request();
        boolean required = tool.tasks() == Tool.TaskSupport.ALWAYS;
        if (required) {
            request.meta().requireTasks("The tool " + tool.name());
        } else if (tool.tasks() == Tool.TaskSupport.NEVER || !request.meta().supportsTasks()) {
            return Optional.empty();
        }
        tool.preparation().ifPresent(step -> step.prepare(call));
        Optional<McpTask> started = tasks.start(call.session(), answers, task -> {
            // Not by the runner, whose limits are those of a request: the time of a task is mcp.task-time.
            var ofTask = new ToolCall(request, call.arguments(), task, task);
            ToolResult result = guarded(tool, ofTask, () -> inTrace(tool, ofTask));
            return Envelope.of(request, result.toJson());
        });
        if (started.isEmpty() && required) {
            throw tasks.full();
        }
        return started;
    }

    private ToolResult run(Tool tool, ToolCall call) {
        return guarded(tool, call, () -> runner.run(call.session().owner(), tool.heavy(), () -> inTrace(tool, call)));
    }

    /** Runs the body of a tool in the trace of the client, on the thread that the runner chose. */
    private static ToolResult inTrace(Tool tool, ToolCall call) throws Exception {
        return TraceContext.call(
                call.request().meta().trace(), () -> tool.body().call(call));
    }

    /** Reports a call to the audit log, if the log contains such calls. */
    private void record(McpSession session, Tool tool, @Nullable Object arguments, AuditOutcome outcome) {
        AuditedTools.operation(tool.name(), session.memory().name(), arguments)
                .ifPresent(operation -> audit.accept(AuditEntry.of(session.actor(), operation, outcome)));
    }

    /** Runs a call and turns its failures, and a result that is too long, into results that say so. */
    private ToolResult guarded(Tool tool, ToolCall call, Callable<ToolResult> work) {
        Object arguments = call.arguments().raw();
        try {
            ToolResult result = work.call();
            record(call.session(), tool, arguments, result.error() ? AuditOutcome.REFUSED : AuditOutcome.DONE);
            return result.textLength() > MAX_RESULT_CHARS
                    ? ToolResult.failed(
                            "The answer has more than %d characters; ask for less, for instance by search_nodes or a limit."
                                    .formatted(MAX_RESULT_CHARS))
                    : result;
        } catch (InputRequired e) {
            throw e; // the call runs again with the answer of the client
        } catch (RpcError e) {
            record(call.session(), tool, arguments, AuditOutcome.REFUSED);
            throw e;
        } catch (SteleException e) {
            record(call.session(), tool, arguments, AuditOutcome.of(e));
            String reason = Secrets.hide(String.valueOf(e.getMessage()));
            call.log(LogLevel.WARNING, tool.name() + ": " + reason);
            return ToolResult.failed(reason);
        } catch (Throwable e) { // an error in one call must not affect other requests
            record(call.session(), tool, arguments, AuditOutcome.FAILED);
            String reason = Failures.report("The tool " + tool.name(), e);
            call.log(LogLevel.ERROR, reason);
            return ToolResult.failed(reason);
        }
    }
}
