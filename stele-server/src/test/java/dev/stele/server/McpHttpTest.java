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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The streamable HTTP transport of the Model Context Protocol. */
class McpHttpTest extends ServerTestBase {

    private static final String PATH = "/mcp?agent=kira&tools=all";
    private static final String BOTH = "application/json, text/event-stream";

    private static String message(Object id, String method, Map<String, ?> params) {
        return Json.write(Json.fields()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .keep("params", params)
                .map());
    }

    private String session() throws Exception {
        Http.Answer initialized = http.post(
                PATH,
                message(
                        0,
                        "initialize",
                        Map.of(
                                "protocolVersion", "2025-11-25",
                                "capabilities", Map.of(),
                                "clientInfo", Map.of("name", "t", "version", "1"))),
                "Accept",
                BOTH);
        assertThat(initialized.status()).isEqualTo(200);
        assertThat(initialized.json().map("result")).containsEntry("protocolVersion", "2025-11-25");
        return initialized.headers().firstValue("Mcp-Session-Id").orElseThrow();
    }

    private Http.Answer call(String session, Object id, String tool, Map<String, ?> arguments) throws Exception {
        return http.post(
                PATH,
                message(id, "tools/call", Map.of("name", tool, "arguments", arguments)),
                "Accept",
                BOTH,
                "Mcp-Session-Id",
                session,
                "MCP-Protocol-Version",
                "2025-11-25");
    }

    @Test
    void mcpSessionCallsToolsAndEnds() throws Exception {
        String session = session();
        Http.Answer toolAnswer = call(
                session,
                7,
                "create_entities",
                Map.of("entities", List.of(Map.of("name", "A", "entityType", "t", "observations", List.of()))));
        assertThat(toolAnswer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(toolAnswer.json().raw("id")).isEqualTo(7L);
        assertThat(stele.agent("kira").graph().get("a").entity().type()).isEqualTo("t");
        assertThat(http.post(
                                PATH,
                                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                                "Accept",
                                BOTH,
                                "Mcp-Session-Id",
                                session)
                        .status())
                .isEqualTo(202);
        assertThat(http.send("DELETE", PATH, null, "Mcp-Session-Id", session).status())
                .isEqualTo(204);
        assertThat(call(session, 8, "read_graph", Map.of()).status()).isEqualTo(404);
    }

    @Test
    void invalidMcpRequestsAreRefused() throws Exception {
        String session = session();
        String list = message(1, "tools/list", Map.of());
        assertThat(http.post(PATH, list, "Accept", BOTH).status()).isEqualTo(400);
        assertThat(http.post(PATH, list, "Accept", BOTH, "Mcp-Session-Id", "none")
                        .status())
                .isEqualTo(404);
        assertThat(http.post("/mcp?agent=other", list, "Accept", BOTH, "Mcp-Session-Id", session)
                        .status())
                .as("a session is one agent's")
                .isEqualTo(404);
        assertThat(http.post(PATH, list, "Accept", "application/json", "Mcp-Session-Id", session)
                        .status())
                .isEqualTo(406);
        assertThat(http.post(
                                PATH,
                                list,
                                "Accept",
                                BOTH,
                                "Mcp-Session-Id",
                                session,
                                "MCP-Protocol-Version",
                                "1999-01-01")
                        .status())
                .isEqualTo(400);
        assertThat(http.post(PATH, list, "Accept", BOTH, "Mcp-Session-Id", session, "Origin", "https://evil.example")
                        .status())
                .isEqualTo(403);
        Http.Answer malformed = http.post(PATH, "{", "Accept", BOTH, "Mcp-Session-Id", session);
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(malformed.json().map("error")).containsEntry("code", -32700L);
        assertThat(http.post(PATH, "\"" + "x".repeat(200_000) + "\"", "Accept", BOTH)
                        .status())
                .isEqualTo(413);
        assertThat(http.get(PATH, "Accept", "application/json", "Mcp-Session-Id", session)
                        .status())
                .isEqualTo(406);
        assertThat(http.post(PATH, list, "Accept", BOTH, "Mcp-Session-Id", session)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void progressIsSentBeforeTheResultOnTheSameStream() throws Exception {
        String session = session();
        stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
        Http.Answer answer = http.post(
                PATH,
                message(
                        "c",
                        "tools/call",
                        Map.of(
                                "name", "consolidate",
                                "arguments", Map.of(),
                                "_meta", Map.of("progressToken", "p"))),
                "Accept",
                BOTH,
                "Mcp-Session-Id",
                session);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
        List<JsonObject> events = answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Json.readObject("event", line.substring(6)))
                .toList();
        assertThat(events).hasSize(3);
        assertThat(events.getFirst().string("method")).isEqualTo("notifications/progress");
        assertThat(events.getLast().raw("id")).isEqualTo("c");
    }

    @Test
    void mcpListenerReceivesChangesAndResumesAfterTheLastEvent() throws Exception {
        String session = session();
        stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
        http.post(
                PATH,
                message(1, "resources/subscribe", Map.of("uri", "memory://knowledge-graph")),
                "Accept",
                BOTH,
                "Mcp-Session-Id",
                session);
        String first;
        try (InputStream events = listen(session, "standalone-0")) {
            var lines = new BufferedReader(new InputStreamReader(events, StandardCharsets.UTF_8));
            stele.agent("kira").graph().put(EntityDraft.of("t", "B"));
            String line = lines.readLine();
            while (!line.contains("notifications/resources/updated")) {
                line = lines.readLine();
            }
            first = line;
        }
        // A listener without Last-Event-ID receives the events again.
        try (InputStream events = listen(session, "standalone-0")) {
            var lines = new BufferedReader(new InputStreamReader(events, StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (!line.contains("notifications/resources/updated")) {
                line = lines.readLine();
            }
            assertThat(line).isEqualTo(first);
        }
    }

    private InputStream listen(String session, String lastEvent) throws Exception {
        return http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(PATH))
                                .timeout(Duration.ofSeconds(20))
                                .header("Accept", "text/event-stream")
                                .header("Mcp-Session-Id", session)
                                .header("Last-Event-ID", lastEvent)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }
}
