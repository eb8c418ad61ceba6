package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Http;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests of the stateless revision of the Model Context Protocol over HTTP. */
class McpStatelessHttpTest extends ServerTestBase {

    private static final String PATH = "/mcp?agent=kira&tools=all";
    private static final String PREFIX = "io.modelcontextprotocol/";
    private static final String REVISION = "2026-07-28";

    private static Map<String, Object> meta(String version) {
        var meta = new HashMap<String, Object>();
        meta.put(PREFIX + "protocolVersion", version);
        meta.put(PREFIX + "clientCapabilities", Map.of("extensions", Map.of(PREFIX + "tasks", Map.of())));
        return meta;
    }

    private static String message(String method, Map<String, ?> params) {
        return Json.write(Json.fields()
                .put("jsonrpc", "2.0")
                .put("id", "r")
                .put("method", method)
                .keep("params", params)
                .map());
    }

    /** Posts a request with headers given as names and values; an empty value leaves a header out. */
    private Http.Answer post(String method, Map<String, ?> params, String... headers) throws Exception {
        var all = new HashMap<String, Object>(params);
        all.putIfAbsent("_meta", meta(REVISION));
        return http.post(PATH, message(method, all), headers(method, headers));
    }

    private static String[] headers(String method, String... others) {
        var all = new HashMap<>(Map.of(
                "Accept",
                "application/json, text/event-stream",
                "MCP-Protocol-Version",
                REVISION,
                "Mcp-Method",
                method));
        for (int i = 0; i < others.length; i += 2) {
            all.put(others[i], others[i + 1]);
        }
        var list = new ArrayList<String>();
        all.forEach((name, value) -> {
            if (!value.isEmpty()) {
                list.addAll(List.of(name, value));
            }
        });
        return list.toArray(String[]::new);
    }

    private static void assertError(Http.Answer answer, int status, long code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().map("error")).containsEntry("code", code);
        assertThat(answer.json().raw("id")).isEqualTo("r");
    }

    @Test
    void requestsNeedNoSessionAndGetNone() throws Exception {
        Http.Answer answer = post("server/discover", Map.of(), "Mcp-Session-Id", "whatever");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Mcp-Session-Id")).isEmpty();
        assertThat(answer.json().map("result")).containsEntry("resultType", "complete");
        assertThat(http.post(PATH, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}", headers("notifications/x"))
                        .status())
                .isEqualTo(202);
    }

    @Test
    void headersThatDifferFromTheBodyAreRefused() throws Exception {
        Map<String, ?> status = Map.of("name", "status", "arguments", Map.of());
        assertThat(post("tools/call", status, "Mcp-Name", "status").status()).isEqualTo(200);
        assertThat(post("tools/call", status, "Mcp-Name", "  status ").status()).isEqualTo(200);
        String encoded = Base64.getEncoder().encodeToString("status".getBytes(StandardCharsets.UTF_8));
        assertThat(post("tools/call", status, "Mcp-Name", "=?base64?" + encoded + "?=")
                        .status())
                .isEqualTo(200);
        for (String name : List.of(
                "", "recall", "STATUS", "=?base64?c3RhdHVz!?=", "=?base64?c3RhdHVzIQ?=", "=?base64??=", "=?base64?=")) {
            assertError(post("tools/call", status, "Mcp-Name", name), 400, -32020);
        }
        assertError(post("tools/list", Map.of(), "Mcp-Method", ""), 400, -32020);
        assertError(post("tools/list", Map.of(), "Mcp-Method", "TOOLS/LIST"), 400, -32020);
        assertError(post("tools/list", Map.of(), "MCP-Protocol-Version", ""), 400, -32020);
        assertError(post("tools/list", Map.of(), "MCP-Protocol-Version", "2025-11-25"), 400, -32020);
        assertError(post("resources/read", Map.of("uri", "memory://knowledge-graph")), 400, -32020);
        assertError(post("prompts/get", Map.of("name", "grounding"), "Mcp-Name", "context"), 400, -32020);
        assertError(post("tasks/get", Map.of("taskId", "x"), "Mcp-Name", "y"), 400, -32020);
        assertThat(post(
                                "resources/read",
                                Map.of("uri", "memory://knowledge-graph"),
                                "Mcp-Name",
                                "memory://knowledge-graph")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void errorsHaveTheirStatus() throws Exception {
        assertError(post("x/y", Map.of()), 404, -32601);
        assertError(post("ping", Map.of()), 404, -32601);
        assertError(post("initialize", Map.of()), 404, -32601);
        assertError(post("tools/list", Map.of("_meta", Map.of())), 400, -32602);
        assertError(post("tools/list", Map.of("_meta", "x")), 400, -32602);
        assertError(post("tools/list", Map.of("_meta", Map.of(PREFIX + "protocolVersion", REVISION))), 400, -32602);
        assertError(
                post("tools/list", Map.of("_meta", meta("2031-01-01")), "MCP-Protocol-Version", "2031-01-01"),
                400,
                -32022);
        assertError(post("tools/call", Map.of("name", "none"), "Mcp-Name", "none"), 200, -32602);
        assertThat(http.post(PATH, "[" + message("tools/list", Map.of()) + "]", headers("tools/list"))
                        .status())
                .isEqualTo(400);
        var noTasks = Map.of(PREFIX + "protocolVersion", REVISION, PREFIX + "clientCapabilities", Map.of());
        assertError(post("tasks/get", Map.of("taskId", "x", "_meta", noTasks), "Mcp-Name", "x"), 400, -32021);
        assertThat(post("tools/list", Map.of()).status()).isEqualTo(200);
    }

    private HttpResponse<InputStream> open(String method, Map<String, ?> params) throws Exception {
        var all = new HashMap<String, Object>(params);
        all.put("_meta", meta(REVISION));
        return http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(PATH))
                                .timeout(Duration.ofSeconds(20))
                                .headers(headers(method, "Content-Type", "application/json"))
                                .POST(HttpRequest.BodyPublishers.ofString(message(method, all)))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
    }

    private static JsonObject next(BufferedReader lines) throws Exception {
        String line = lines.readLine();
        while (!line.startsWith("data: ")) {
            assertThat(line).as("no event has an id").doesNotStartWith("id:");
            line = lines.readLine();
        }
        return Json.readObject("event", line.substring(6));
    }

    @Test
    void subscriptionStreamsChangesUntilTheServerStops() throws Exception {
        HttpResponse<InputStream> response = open(
                "subscriptions/listen",
                Map.of("notifications", Map.of("resourceSubscriptions", List.of("memory://knowledge-graph"))));
        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(response.headers().firstValue("X-Accel-Buffering")).contains("no");
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(next(lines).string("method")).isEqualTo("notifications/subscriptions/acknowledged");
            stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
            JsonObject updated = next(lines);
            assertThat(updated.string("method")).isEqualTo("notifications/resources/updated");
            assertThat(Json.write(updated.raw())).contains("\"" + PREFIX + "subscriptionId\":\"r\"");
            Thread closing = Thread.ofVirtual().start(server::close);
            JsonObject ended = next(lines);
            assertThat(ended.raw("id")).isEqualTo("r");
            assertThat(ended.map("result")).containsEntry("resultType", "complete");
            closing.join();
        }
    }

    @Test
    void taskIsFetchedByLaterRequests() throws Exception {
        stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
        JsonObject created = post(
                        "tools/call", Map.of("name", "consolidate", "arguments", Map.of()), "Mcp-Name", "consolidate")
                .json()
                .object("result")
                .orElseThrow();
        assertThat(created.string("resultType")).isEqualTo("task");
        String id = created.string("taskId");
        HttpResponse<InputStream> response =
                open("subscriptions/listen", Map.of("notifications", Map.of("taskIds", List.of(id))));
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            next(lines);
            assertThat(next(lines).map("params")).containsEntry("status", "completed");
        }
        assertThat(post("tasks/get", Map.of("taskId", id), "Mcp-Name", id)
                        .json()
                        .map("result"))
                .containsEntry("status", "completed")
                .containsKey("result");
    }
}
