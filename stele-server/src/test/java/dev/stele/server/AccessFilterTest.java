package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.InvalidInputException;
import dev.stele.model.MessageDraft;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.McpMessages;
import dev.stele.server.support.TestOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** API keys on a server that other machines can reach. */
class AccessFilterTest {

    private static final String MESSAGES = "/v1/agents/kira/messages";
    private static final String HELLO = "{\"content\":\"hello\"}";

    @TempDir
    Path data;

    private Stele stele;
    private ApiKeys keys;

    @BeforeEach
    void open() {
        stele = Stele.open(SteleConfig.at(data), Optional.empty());
        keys = new ApiKeys(data);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private SteleServer serve() {
        return new SteleServer(stele, TestOptions.small().host("0.0.0.0").build());
    }

    private static String[] with(ApiKeys.Created key) {
        return new String[] {"Authorization", "Bearer " + key.text()};
    }

    @Test
    void serverDoesNotStartOnAPublicAddressWithoutAKey() {
        assertThatThrownBy(this::serve)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("keys create");
    }

    @Test
    void keyPermitsExactlyItsScopeAndAgents() throws Exception {
        var reader = keys.create("reader", Scope.READ, List.of());
        var writer = keys.create("writer", Scope.WRITE, List.of("kira"));
        var admin = keys.create("admin", Scope.ADMIN, List.of());
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO).status()).isEqualTo(401);
            assertThat(http.post(MESSAGES, HELLO, "Authorization", "Bearer stele_a_b")
                            .status())
                    .isEqualTo(401);
            assertThat(http.post(MESSAGES, HELLO, "Authorization", "Basic abc").status())
                    .isEqualTo(401);
            assertThat(http.get("/metrics").status()).isEqualTo(401);
            assertThat(http.get("/health").status()).isEqualTo(200);
            assertThat(stele.agents()).isEmpty();

            assertThat(http.post(MESSAGES, HELLO, with(reader)).status()).isEqualTo(403);
            assertThat(http.post(MESSAGES, HELLO, with(writer)).status()).isEqualTo(201);
            assertThat(http.post("/v1/agents/other/messages", HELLO, with(writer))
                            .status())
                    .isEqualTo(403);
            assertThat(http.post("/v1/agents/other/messages", HELLO, with(admin))
                            .status())
                    .isEqualTo(201);
            assertThat(http.get("/v1/agents", with(writer)).json().strings("items"))
                    .containsExactly("kira");
            assertThat(http.get("/v1/agents", with(reader)).json().strings("items"))
                    .containsExactly("kira", "other");
            assertThat(http.post("/v1/agents/kira/recall", "{\"query\":\"hello\"}", with(reader))
                            .status())
                    .isEqualTo(200);
            assertThat(http.send("DELETE", "/v1/agents/kira", null, with(writer))
                            .status())
                    .isEqualTo(403);
            assertThat(http.send("POST", "/v1/arenas/optimize", null, with(writer))
                            .status())
                    .isEqualTo(403);
            assertThat(http.send("POST", "/v1/arenas/optimize", null, with(admin))
                            .status())
                    .isEqualTo(200);

            keys.revoke(writer.key().id());
            assertThat(http.post(MESSAGES, HELLO, with(writer)).status()).isEqualTo(401);
            assertThat(http.send("DELETE", "/v1/agents/kira", null, with(admin)).status())
                    .isEqualTo(204);
        }
    }

    @Test
    void keyPermitsMcpToolsOfItsScopeAndAgents() throws Exception {
        var reader = keys.create("reader", Scope.READ, List.of());
        var writer = keys.create("writer", Scope.WRITE, List.of("kira"));
        String remember =
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"remember\",\"arguments\":{\"content\":\"a fact\"}}}";
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.post("/mcp", McpMessages.INITIALIZE).status()).isEqualTo(401);
            assertThat(http.post("/mcp?agent=other", McpMessages.INITIALIZE, with(writer))
                            .status())
                    .isEqualTo(403);
            String session = http.post("/mcp?agent=kira", McpMessages.INITIALIZE, with(writer))
                    .headers()
                    .firstValue("Mcp-Session-Id")
                    .orElseThrow();
            assertThat(http.post("/mcp?agent=kira", remember, withSession(writer, session))
                            .body())
                    .contains("a fact")
                    .doesNotContain("isError");
            assertThat(http.post("/mcp?agent=kira", remember, withSession(reader, session))
                            .status())
                    .as("a session is the key's that began it")
                    .isEqualTo(404);
            String reading = http.post("/mcp?agent=kira", McpMessages.INITIALIZE, with(reader))
                    .headers()
                    .firstValue("Mcp-Session-Id")
                    .orElseThrow();
            assertThat(http.post("/mcp?agent=kira", remember, withSession(reader, reading))
                            .body())
                    .contains("reading only");
        }
    }

    @Test
    void backupOverMcpNeedsTheScopeAdmin() throws Exception {
        stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        var writer = keys.create("writer", Scope.WRITE, List.of("kira"));
        var admin = keys.create("admin", Scope.ADMIN, List.of("kira"));
        String backup =
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"backup\",\"arguments\":{}}}";
        String path = "/mcp?agent=kira&tools=all";
        try (var server = serve();
                var http = new Http(server.port())) {
            for (var key : List.of(writer, admin)) {
                boolean mayBackUp = key == admin;
                String session = http.post(path, McpMessages.INITIALIZE, with(key))
                        .headers()
                        .firstValue("Mcp-Session-Id")
                        .orElseThrow();
                String listed = http.post(
                                path,
                                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}",
                                withSession(key, session))
                        .body();
                assertThat(listed.contains("\"name\":\"backup\"")).isEqualTo(mayBackUp);
                assertThat(http.post(path, backup, withSession(key, session)).body())
                        .contains(mayBackUp ? ".zip" : "scope admin");
                assertThat(http.post(path.replace("kira", "other"), McpMessages.INITIALIZE, with(key))
                                .status())
                        .isEqualTo(403);
            }
        }
        try (var files = Files.list(data.resolve("backups"))) {
            assertThat(files).hasSize(1);
        }
    }

    private static String[] withSession(ApiKeys.Created key, String session) {
        String[] headers = java.util.Arrays.copyOf(with(key), with(key).length + 2);
        headers[headers.length - 2] = "Mcp-Session-Id";
        headers[headers.length - 1] = session;
        return headers;
    }
}
