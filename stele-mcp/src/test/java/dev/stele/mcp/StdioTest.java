package dev.stele.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.support.WordEmbedder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol over standard input and output, line by line, as a client writes it and as it should not. */
class StdioTest {

    @TempDir
    Path data;

    private Stele stele;
    private OutputStream toServer;
    private BufferedReader fromServer;
    private Thread serving;
    private int last;

    @BeforeEach
    void start() throws IOException {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        serve(false, false);
    }

    private McpServer server;

    private void serve(boolean readOnly, boolean searchFirst) throws IOException {
        // Pipes of the system, for Java's own mind which thread wrote last.
        Pipe requests = Pipe.open();
        Pipe answers = Pipe.open();
        toServer = Channels.newOutputStream(requests.sink());
        InputStream in = Channels.newInputStream(requests.source());
        OutputStream out = Channels.newOutputStream(answers.sink());
        fromServer = new BufferedReader(
                new InputStreamReader(Channels.newInputStream(answers.source()), StandardCharsets.UTF_8));
        server = McpServers.of(stele, Runners.plain(), TaskLimits.DEFAULT);
        var transport = new StdioTransport(server, out, 100_000, 8);
        serving = Thread.ofPlatform().start(() -> {
            try {
                transport.serve(in, stele.agent("kira"), new SessionOptions(readOnly, searchFirst, ToolProfile.ALL));
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        toServer.close();
        serving.join();
        server.close();
        stele.close();
    }

    private void write(String line) throws IOException {
        toServer.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        toServer.flush();
    }

    private JsonObject next() throws IOException {
        return Json.readObject("answer", fromServer.readLine());
    }

    private JsonObject ask(String method, Map<String, ?> params) throws IOException {
        write(Json.write(Json.fields()
                .put("jsonrpc", "2.0")
                .put("id", ++last)
                .put("method", method)
                .keep("params", params)
                .map()));
        JsonObject answer = next();
        assertThat(answer.raw("id")).isEqualTo((long) last);
        return answer;
    }

    private Map<String, @Nullable Object> call(String tool, Map<String, ?> arguments) throws IOException {
        return ask("tools/call", Map.of("name", tool, "arguments", arguments)).map("result");
    }

    private static String text(Map<String, @Nullable Object> result) {
        return String.valueOf(((Map<?, ?>) ((List<?>) result.get("content")).getFirst()).get("text"));
    }

    private static Map<?, ?> tree(Map<String, @Nullable Object> result) {
        assertThat(result.get("isError")).as(text(result)).isNull();
        return (Map<?, ?>) Json.read(text(result));
    }

    private static List<?> list(Map<String, @Nullable Object> result) {
        assertThat(result.get("isError")).as(text(result)).isNull();
        return (List<?>) Objects.requireNonNull(Json.read(text(result)));
    }

    private static void assertFails(Map<String, @Nullable Object> result, String why) {
        assertThat(result.get("isError")).isEqualTo(true);
        assertThat(text(result)).contains(why);
    }

    @Test
    void invalidMessagesAreAnsweredAndTheServerContinues() throws IOException {
        write("{");
        assertThat(next().map("error")).containsEntry("code", -32700L);
        toServer.write(new byte[] {'"', (byte) 0xc3, (byte) 0x28, '"', '\n'});
        toServer.flush();
        JsonObject broken = next();
        assertThat(broken.map("error"))
                .containsEntry("code", -32700L)
                .containsEntry("message", "The message is not UTF-8.");
        assertThat(broken.raw("id")).isNull();
        write("[]");
        assertThat(next().map("error")).containsEntry("code", -32600L);
        write("{\"id\":1,\"method\":\"ping\"}");
        assertThat(next().map("error")).containsEntry("code", -32600L);
        write("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}");
        assertThat(next().map("error")).containsEntry("code", -32600L);
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}");
        assertThat(next().map("error")).containsEntry("code", -32600L);
        write("x".repeat(150_000));
        assertThat(String.valueOf(next().map("error").get("message"))).contains("more than 100000 bytes");
        assertThat(ask("nothing/such", Map.of()).map("error")).containsEntry("code", -32601L);
        assertThat(ask("tools/call", Map.of("name", "nope")).map("error"))
                .containsEntry("code", -32602L)
                .containsEntry("message", "Unknown tool: nope");
        assertThat(ask("resources/read", Map.of("uri", "stele://agent/kira/notes/none"))
                        .map("error"))
                .containsEntry("code", -32002L);
        assertThat(ask("prompts/get", Map.of("name", "none")).map("error")).containsEntry("code", -32602L);
        assertThat(ask("ping", Map.of()).map("result")).isEmpty();
    }

    @Test
    void invalidToolArgumentsAreReportedToTheModel() throws IOException {
        assertFails(
                call("create_entities", Map.of("entities", 5)), "arguments.entities must be a list, and is a number");
        assertFails(call("create_entities", Map.of()), "lacks \"entities\"");
        assertFails(
                call("create_entities", Map.of("entities", List.of(Map.of("name", "A", "entityType", "t")))),
                "arguments.entities[0] lacks \"observations\"");
        assertFails(call("forget", Map.of("kind", "everything", "id", "x")), "must be one of note, message");
        assertFails(call("neighbors", Map.of("entity", "nobody")), "There is no");
        call("connect", Map.of("entities", List.of(Map.of("name", "A", "type", "t"))));
        assertFails(
                call("connect", Map.of("relations", List.of(Map.of("from", "A", "to", "B", "type", "r")))),
                "There is no entity \"B\"");
        assertFails(
                call("connect", Map.of("relations", List.of(Map.of("from", "A", "to", "a", "type", "r")))),
                "to itself");
        assertFails(
                call("graph_query", Map.of("query", "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l")),
                "Line 1, column 1");
        assertFails(call("graph_query", Map.of("query", "MATCH (n) DELETE n")), "Line 1, column 11");
        assertFails(
                call("graph_query", Map.of("query", "UNWIND range(1, 1000000) AS i RETURN i")), "limits.graph-rows");
        assertThat(tree(call("graph_query", Map.of("query", "MATCH (n) WHERE n.name <> 'removed' RETURN n.name")))
                        .get("rows"))
                .isEqualTo(List.of(List.of("A")));
    }

    @Test
    void referenceToolsBehaveLikeTheReferenceServer() throws IOException {
        var ana = Map.of("name", "Ana", "entityType", "person", "observations", List.of("likes tea"));
        assertThat(text(call("create_entities", Map.of("entities", List.of(ana, ana)))))
                .isEqualTo("[{\"name\":\"Ana\",\"entityType\":\"person\",\"observations\":[\"likes tea\"]}]");
        Map<String, @Nullable Object> repeated = call("create_entities", Map.of("entities", List.of(ana)));
        assertThat(text(repeated)).isEqualTo("[]");
        assertThat(String.valueOf(repeated.get("content"))).contains("the names exist: [\"Ana\"]", "add_observations");
        var lives = Map.of("from", "Ana", "to", "Rome", "relationType", "lives_in");
        assertThat(list(call("create_relations", Map.of("relations", List.of(lives)))))
                .isEqualTo(List.of(lives));
        assertThat(list(call("create_relations", Map.of("relations", List.of(lives)))))
                .isEmpty();
        assertFails(
                call(
                        "add_observations",
                        Map.of(
                                "observations",
                                List.of(
                                        Map.of("entityName", "Ana", "contents", List.of("new")),
                                        Map.of("entityName", "Nobody", "contents", List.of("x"))))),
                "Entity with name Nobody not found");
        assertThat(list(call(
                        "add_observations",
                        Map.of(
                                "observations",
                                List.of(Map.of("entityName", "Ana", "contents", List.of("likes tea", "sings")))))))
                .as("nothing of the failed call was kept")
                .isEqualTo(List.of(Map.of("entityName", "Ana", "addedObservations", List.of("sings"))));
        Map<?, ?> found = tree(call("search_nodes", Map.of("query", "SING")));
        assertThat((List<?>) found.get("entities")).hasSize(1);
        assertThat(found.get("relations")).isEqualTo(List.of(lives));
        Map<String, @Nullable Object> nothing = call("search_nodes", Map.of("query", "lives"));
        assertThat(tree(nothing).get("entities")).isEqualTo(List.of());
        assertThat(String.valueOf(nothing.get("content"))).contains("recall searches");
        assertThat((List<?>) tree(call("open_nodes", Map.of("names", List.of("Ana", "Nobody"))))
                        .get("entities"))
                .hasSize(1);
        assertThat((List<?>) tree(call("read_graph", Map.of())).get("entities"))
                .as("Rome is named by a relation and not created")
                .hasSize(1);
        assertThat(text(call(
                        "delete_observations",
                        Map.of(
                                "deletions",
                                List.of(Map.of("entityName", "Ana", "observations", List.of("sings", "none")))))))
                .isEqualTo("Observations deleted successfully");
        assertThat(text(call("delete_relations", Map.of("relations", List.of(lives)))))
                .isEqualTo("Relations deleted successfully");
        assertThat(text(call("delete_entities", Map.of("entityNames", List.of("Ana", "Nobody")))))
                .isEqualTo("Entities deleted successfully");
        assertThat(tree(call("read_graph", Map.of()))).isEqualTo(Map.of("entities", List.of(), "relations", List.of()));
    }

    @Test
    void steleToolsRememberAndRecall() throws IOException {
        Map<?, ?> note =
                (Map<?, ?>) tree(call("remember", Map.of("content", "Ana keeps bees", "tags", List.of("bees"))))
                        .get("note");
        call(
                "remember",
                Map.of(
                        "messages",
                        List.of(Map.of("content", "my bees swarm", "session", "s1", "user", "ana", "role", "user"))));
        assertThat((List<?>) tree(call("recall", Map.of("query", "bees"))).get("hits"))
                .hasSize(2);
        assertThat((List<?>) tree(call("recall", Map.of("query", "bees", "kinds", List.of("note"), "detail", "full")))
                        .get("hits"))
                .hasSize(1);
        Map<?, ?> updated = tree(call(
                "update_note",
                Map.of("id", note.get("id"), "changes", Map.of("content", "Ana keeps wasps"), "version", 1)));
        assertThat(updated.get("version")).isEqualTo(2L);
        assertFails(
                call("update_note", Map.of("id", note.get("id"), "changes", Map.of("content", "x"), "version", 1)),
                "version 2 and not 1");
        assertThat((List<?>) tree(call("list_notes", Map.of())).get("items")).hasSize(1);
        assertThat((List<?>) tree(call("list_sessions", Map.of("user", "ana"))).get("items"))
                .hasSize(1);
        assertThat((List<?>) tree(call("get_session", Map.of("session", "s1"))).get("items"))
                .hasSize(1);
        stele.agent("kira").users().update("ana", user -> user.withPreference("drink", "mead"));
        assertThat(String.valueOf(tree(call("get_user", Map.of("user", "ana")))))
                .contains("mead");
        call(
                "connect",
                Map.of(
                        "entities",
                        List.of(
                                Map.of("ref", "a", "name", "Ana", "type", "person"),
                                Map.of("ref", "b", "name", "Beehive", "type", "thing")),
                        "relations",
                        List.of(Map.of("from", "a", "to", "b", "type", "owns"))));
        assertThat(text(call(
                        "get_context",
                        Map.of("topic", "What does Ana keep?", "user", "ana", "session", "s1", "max_tokens", 300))))
                .contains("prefers drink: mead", "Ana owns Beehive", "Ana keeps wasps", "my bees swarm");
        assertThat((List<?>) tree(call("path", Map.of("from", "ana", "to", "beehive")))
                        .get("paths"))
                .hasSize(1);
        assertThat((List<?>) tree(call("neighbors", Map.of("entity", "ana"))).get("entities"))
                .hasSize(2);
        Map<?, ?> status = tree(call("status", Map.of()));
        assertThat(status.get("memory")).isEqualTo("open");
        assertThat(status.get("notes")).isEqualTo(1L);
        call("forget", Map.of("kind", "note", "id", note.get("id")));
        assertThat((List<?>) tree(call("list_notes", Map.of())).get("items")).isEmpty();
    }

    @Test
    void duplicatesAreReportedAndMergedOnRequest() throws IOException {
        stele.agent("kira").notes().create(NoteDraft.of("fact", "The launch is on Friday."));
        stele.agent("kira").notes().create(NoteDraft.of("fact", "the launch is on friday"));
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("person", "Bob"));
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("person", "Robert"));
        stele.agent("kira")
                .graph()
                .update(
                        "Robert",
                        JsonObject.of("e", Map.of("aliases", List.of("Bob"))),
                        java.util.OptionalLong.empty());
        assertThat((List<?>) tree(call("consolidate", Map.of())).get("findings"))
                .hasSize(2);
        assertThat((List<?>) tree(call("consolidate", Map.of("apply", true))).get("findings"))
                .hasSize(2);
        assertThat((List<?>) tree(call("consolidate", Map.of())).get("findings"))
                .isEmpty();
        assertThat((List<?>) tree(call("list_notes", Map.of())).get("items")).hasSize(1);
    }

    @Test
    void subscriberIsNotifiedOfWritesByOtherClients() throws IOException {
        call("create_entities", Map.of("entities", List.of()));
        ask("resources/subscribe", Map.of("uri", "memory://knowledge-graph"));
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("person", "Eve"));
        JsonObject heard = next();
        assertThat(heard.string("method")).isEqualTo("notifications/resources/updated");
        assertThat(heard.map("params")).containsEntry("uri", "memory://knowledge-graph");
        write(Json.write(Map.of(
                "jsonrpc",
                "2.0",
                "id",
                "u",
                "method",
                "resources/unsubscribe",
                "params",
                Map.of("uri", "memory://knowledge-graph"))));
        // Another note of the same write may be under way.
        JsonObject answer = next();
        while (answer.has("method")) {
            answer = next();
        }
        assertThat(answer.raw("id")).isEqualTo("u");
    }

    @Test
    void aReadOnlyMemoryHasNoToolThatWrites() throws Exception {
        call("remember", Map.of("content", "Ana keeps bees"));
        toServer.close();
        serving.join();
        serve(true, false);
        List<?> tools = (List<?>) ask("tools/list", Map.of()).map("result").get("tools");
        assertThat(tools)
                .allSatisfy(tool -> assertThat(((Map<?, ?>) ((Map<?, ?>) tool).get("annotations")).get("readOnlyHint"))
                        .isEqualTo(true));
        assertFails(call("remember", Map.of("content", "more")), "reading only");
        assertThat((List<?>) tree(call("recall", Map.of("query", "bees"))).get("hits"))
                .hasSize(1);
    }

    @Test
    void writeBeforeASearchIsRefusedWithAdvice() throws Exception {
        toServer.close();
        serving.join();
        serve(false, true);
        assertFails(call("remember", Map.of("content", "Ana keeps bees")), "Search first");
        call("search_nodes", Map.of("query", "xylophone"));
        assertFails(call("remember", Map.of("content", "Ana keeps bees")), "Search first");
        call("search_nodes", Map.of("query", "bees"));
        assertThat(tree(call("remember", Map.of("content", "Ana keeps bees"))).get("note"))
                .isNotNull();
    }

    @Test
    void sixtyFourRequestsAtOnceAreAllAnswered() throws IOException {
        var answers = new HashMap<Object, JsonObject>();
        for (int i = 0; i < 64; i++) {
            write(Json.write(Map.of(
                    "jsonrpc",
                    "2.0",
                    "id",
                    "r" + i,
                    "method",
                    "tools/call",
                    "params",
                    Map.of(
                            "name",
                            "create_entities",
                            "arguments",
                            Map.of(
                                    "entities",
                                    List.of(Map.of(
                                            "name",
                                            "E" + i % 8,
                                            "entityType",
                                            "t",
                                            "observations",
                                            List.of("o" + i))))))));
        }
        for (int i = 0; i < 64; i++) {
            JsonObject answer = next();
            answers.put(answer.raw("id"), answer);
        }
        assertThat(answers).hasSize(64);
        var made = new ArrayList<Object>();
        answers.values().forEach(answer -> made.addAll(list(answer.map("result"))));
        assertThat(made).hasSize(8);
    }

    @Test
    void aCancelledRequestEndsAndIsNotAnswered() throws IOException {
        call("connect", Map.of("entities", List.of(Map.of("name", "A", "type", "t"))));
        write(
                Json.write(
                        Map.of(
                                "jsonrpc", "2.0",
                                "id", "slow",
                                "method", "tools/call",
                                "params",
                                        Map.of(
                                                "name",
                                                "graph_query",
                                                "arguments",
                                                Map.of(
                                                        "query",
                                                        "RETURN size([x IN range(1, 2000000) WHERE any(y IN range(1, 100000) WHERE y = -x)])")))));
        write(Json.write(
                Map.of("jsonrpc", "2.0", "method", "notifications/cancelled", "params", Map.of("requestId", "slow"))));
        assertThat(ask("ping", Map.of()).map("result")).isEmpty();
        long began = System.nanoTime();
        assertThat(tree(call("graph_query", Map.of("query", "MATCH (n) RETURN n.name")))
                        .get("count"))
                .isEqualTo(1L);
        assertThat(System.nanoTime() - began)
                .as("within the time a query may take")
                .isLessThan(10_000_000_000L);
    }

    @Test
    void protocolVersionIsNegotiated() throws IOException {
        Map<String, ?> client = Map.of("capabilities", Map.of(), "clientInfo", Map.of("name", "t", "version", "1"));
        for (String asked : List.of("2024-11-05", "2025-11-25", "1999-01-01")) {
            var params = new HashMap<String, Object>(client);
            params.put("protocolVersion", asked);
            Object got = ask("initialize", params).map("result").get("protocolVersion");
            assertThat(got).isEqualTo(asked.startsWith("1999") ? "2025-11-25" : asked);
        }
        var meta = Map.of(
                "_meta",
                Map.of(
                        "io.modelcontextprotocol/protocolVersion",
                        "2026-07-28",
                        "io.modelcontextprotocol/clientCapabilities",
                        Map.of()));
        assertThat(ask("server/discover", meta).map("result")).containsEntry("resultType", "complete");
        assertThat(ask("ping", Map.of()).map("result"))
                .as("both beside each other")
                .isEmpty();
        assertThat(ask("server/discover", Map.of()).map("error"))
                .as("a client that probes learns that the revision is known")
                .containsEntry("code", -32602L);
    }

    @Test
    void subscriptionEndsWithAResponseWhenTheInputEnds() throws IOException {
        write(Json.write(Map.of(
                "jsonrpc",
                "2.0",
                "id",
                "listening",
                "method",
                "subscriptions/listen",
                "params",
                Map.of(
                        "notifications",
                        Map.of("resourceSubscriptions", List.of("memory://knowledge-graph")),
                        "_meta",
                        Map.of(
                                "io.modelcontextprotocol/protocolVersion",
                                "2026-07-28",
                                "io.modelcontextprotocol/clientCapabilities",
                                Map.of())))));
        assertThat(next().string("method")).isEqualTo("notifications/subscriptions/acknowledged");
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("t", "A"));
        assertThat(next().string("method")).isEqualTo("notifications/resources/updated");
        toServer.close();
        JsonObject ended = next();
        assertThat(ended.raw("id")).isEqualTo("listening");
        assertThat(ended.has("result")).isTrue();
    }
}
