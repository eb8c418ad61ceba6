package dev.stele.server;

import dev.stele.Stele;
import dev.stele.audit.Surface;
import dev.stele.mcp.McpHttp;
import dev.stele.mcp.SessionOptions;
import dev.stele.mcp.ToolProfile;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.server.auth.Scope;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;

/**
 * HTTP resources of the Model Context Protocol (streamable HTTP transport), at one path for all methods. The query
 * parameter {@code agent} names the agent; without it the agent is {@value #DEFAULT_AGENT}.
 *
 * @param tools tools of callers that name no profile
 * @param running quota of messages in progress
 * @param streams quota of open event streams
 */
record McpResources(Stele stele, McpHttp mcp, String path, ToolProfile tools, Quota running, Quota streams) {

    /** Path of the transport. */
    static final String PATH = "/mcp";

    private static final String DEFAULT_AGENT = "default";

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        path,
                        "sendMcpMessage",
                        "Send messages of the Model Context Protocol",
                        Router.Work.STREAM,
                        this::post)
                .add(
                        "GET",
                        path,
                        "receiveMcpEvents",
                        "Receive events of the Model Context Protocol",
                        Router.Work.STREAM,
                        this::listen)
                .add("DELETE", path, "endMcpSession", "End a session of the Model Context Protocol", this::end);
    }

    private McpHttp.Caller caller(Exchange exchange) {
        exchange.allowQuery("agent", "read_only", "search_before_write", "tools");
        var agent = new AgentName(exchange.query("agent").orElse(DEFAULT_AGENT));
        exchange.key().ifPresent(key -> {
            if (!key.reaches(agent)) {
                throw new HttpProblem(
                        403,
                        "agent-out-of-reach",
                        "The key \"" + key.label() + "\" does not reach agent \"" + agent + "\".");
            }
        });
        boolean mayWrite = mayDo(exchange, Scope.WRITE);
        return new McpHttp.Caller(
                exchange.caller().limited() ? exchange.caller().name() : "",
                stele.agent(agent),
                new SessionOptions(
                        !mayWrite
                                || exchange.queryFlag("read_only")
                                || stele.config().readOnly(),
                        exchange.queryFlag("search_before_write"),
                        exchange.query("tools").map(ToolProfile::of).orElse(tools),
                        mayDo(exchange, Scope.ADMIN),
                        RequestAudit.actor(exchange.key(), Surface.MCP)));
    }

    /** Returns whether the key of a request, if it has one, covers a scope. */
    private static boolean mayDo(Exchange exchange, Scope scope) {
        return exchange.key().map(key -> key.scope().covers(scope)).orElse(true);
    }

    private Reply post(Exchange exchange) {
        String accepted = exchange.header(HttpHeader.ACCEPT).orElse("*/*");
        if (!accepted.contains("*/*")
                && !(accepted.contains("application/json") && accepted.contains("text/event-stream"))) {
            throw new HttpProblem(
                    406,
                    "not-acceptable",
                    "The response may be JSON or an event stream: send Accept: application/json, text/event-stream.");
        }
        McpHttp.Caller caller = caller(exchange);
        Object message;
        try {
            message = exchange.json();
        } catch (InvalidInputException e) {
            return Reply.json(
                    400,
                    Json.fields()
                            .keep("jsonrpc", "2.0")
                            .keep("id", null)
                            .keep(
                                    "error",
                                    Json.fields()
                                            .put("code", -32700)
                                            .put("message", e.getMessage())
                                            .map())
                            .map(),
                    Map.of());
        }
        Permit permit = running.take(exchange.caller());
        return reply(mcp.post(caller, exchange::header, message, permit::close), exchange);
    }

    private Reply listen(Exchange exchange) {
        if (!exchange.header(HttpHeader.ACCEPT).orElse("").contains("text/event-stream")) {
            throw new HttpProblem(
                    406, "not-acceptable", "The response is an event stream: send Accept: text/event-stream.");
        }
        return reply(mcp.listen(caller(exchange), exchange::header), exchange);
    }

    private Reply end(Exchange exchange) {
        if (!mcp.end(caller(exchange), exchange::header)) {
            throw new HttpProblem(404, "not-found", "There is no such session; start a new one with initialize.");
        }
        return Reply.noContent();
    }

    private Reply reply(McpHttp.Answer answer, Exchange exchange) {
        return switch (answer) {
            case McpHttp.Answer.Whole whole ->
                whole.body().isPresent()
                        ? Reply.json(whole.status(), whole.body().get(), whole.headers())
                        : new Reply.Complete(
                                whole.status(),
                                "application/json",
                                "".getBytes(StandardCharsets.UTF_8),
                                whole.headers());
            case McpHttp.Answer.Events events -> stream(events, exchange);
        };
    }

    private Reply stream(McpHttp.Answer.Events events, Exchange exchange) {
        Permit held;
        try {
            held = events.subscription() ? streams.take(exchange.caller()) : Permit.NONE;
        } catch (HttpProblem e) {
            events.abandoned().run();
            throw e;
        }
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    try (held) {
                        events.writer().writeTo(out);
                    }
                },
                new Permit(() -> {
                    try (held) {
                        events.abandoned().run();
                    }
                }));
    }
}
