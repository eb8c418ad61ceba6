package dev.stele.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.GraphLimits;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Limits;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages and arguments in the shapes in which clients and models send them. */
class ShapesTest {

    /** Maximum length of the list of the default tools, in characters: about 2,500 tokens. */
    private static final int MAX_LIST_CHARS = 10_000;

    /** Average length of a token in JSON with English descriptions, in characters. */
    private static final int CHARS_PER_TOKEN = 4;

    private static final int MAX_BATCH = 5;

    /**
     * Calls on one memory, in order: name of the tool, arguments, and a part of the text of the result. A part that
     * begins with an exclamation mark is one of an error.
     */
    private static final String CALLS = """
            remember     | {"content":"Ana keeps bees","user":"ana"}                                   | "category":"fact"
            remember     | {"content":"Ben hides gold","user":"ben"}                                   | "user":"ben"
            remember     | {"content":"a","messages":null,"tags":null,"user":null,"supersedes":null}   | "content":"a"
            remember     | {"content":"b","messages":[],"tags":[],"provenance":[]}                     | "content":"b"
            remember     | {"content":"c","importance":"0.75","confidence":1}                          | "content":"c"
            remember     | {"content":"d","tags":"[\\"x\\",\\"y\\"]"}                                  | "tags":["x","y"]
            remember     | {"content":"e","tags":"single"}                                             | "tags":["single"]
            remember     | {"content":"f","tags":"42"}                                                 | "tags":["42"]
            remember     | {"content":"g","user":42}                                                   | "user":"42"
            remember     | {"messages":"[{\\"content\\":\\"hi\\",\\"session\\":\\"s\\"}]","content":null} | "session":"s"
            remember     | {"messages":[{"content":"hi","role":null}],"user":"ana","session":"t"}      | "session":"t"
            remember     | {"messages":[{"content":"hi"}],"category":"fact"}                           | !"category" is for a note
            remember     | {"messages":[{"content":"hi","user_id":"ana"}]}                             | !messages[0] has no "user_id"; it takes content, role
            remember     | {"messages":[null]}                                                         | !messages[0] must be an object
            remember     | {}                                                                          | !Give content for a note
            remember     | {"content":null,"messages":[]}                                              | !Give content for a note
            remember     | {"content":"x","messages":[{"content":"y"}]}                                | !one of the two
            remember     | {"content":["x"]}                                                           | !arguments.content must be text
            remember     | {"content":"x","importance":"high"}                                         | !arguments.importance must be a number
            remember     | {"content":"x","importance":2}                                              | !from 0 to 1
            remember     | {"text":"x"}                                                                | !has no "text"; it takes content, category
            remember     | {"content":"ana keeps  BEES!","user":"ana"}                                 | "outcome":"DUPLICATE"
            remember     | {"content":"Ana keeps bees","user":"ana","tags":["bees"],"confidence":"1"}  | "outcome":"REINFORCED"
            remember     | {"content":"Ana keeps bees","user":"ben"}                                   | "outcome":"ADDED"
            recall       | {"query":"bees","archived":"true"}                                          | Ana keeps bees
            set_participants | {"session":"room","users":["ana","ben"]}                                | "participants":["ana","ben"]
            set_participants | {"session":"room","users":[]}                                           | room
            set_participants | {"session":"room"}                                                      | !lacks "users"
            import       | {"content":"[{\\"role\\":\\"user\\",\\"content\\":\\"I sail\\"}]","user":"ana"} | "messages":1
            import       | {"content":"\\u0000\\u0001"}                                                 | !format
            recall       | {"query":"bees"}                                                            | Ana keeps bees
            recall       | {"query":"bees","limit":5.0}                                                | Ana keeps bees
            recall       | {"query":"bees","limit":"5"}                                                | Ana keeps bees
            recall       | {"query":"bees","limit":"5.0","diversity":"0.5"}                            | Ana keeps bees
            recall       | {"query":"bees","limit":null,"kinds":[],"tags":null,"user":null}            | Ana keeps bees
            recall       | {"query":"bees","kinds":"note"}                                             | Ana keeps bees
            recall       | {"query":"bees","kinds":"[\\"note\\"]"}                                     | Ana keeps bees
            recall       | {"query":"bees","limit":5.5}                                                | !arguments.limit must be a whole number, and is a number
            recall       | {"query":"bees","limit":"five"}                                             | !arguments.limit must be a whole number, and is text
            recall       | {"query":"bees","limit":true}                                               | !arguments.limit must be a whole number, and is
            recall       | {"query":"bees","limit":0}                                                  | !arguments.limit is 0; it must be at least 1
            recall       | {"query":"bees","limit":-3}                                                 | !must be at least 1
            recall       | {"query":"bees","max_tokens":0}                                             | !arguments.max_tokens is 0
            recall       | {"query":"gold","user_id":"ana"}                                            | !has no "user_id"; it takes query, limit
            recall       | {"query":"gold","filter":{"user":"ana"}}                                    | !has no "filter"; it takes query, limit
            recall       | {"query":"gold","userId":null}                                              | !has no "userId"
            recall       | {"query":"bees","user":"ana"}                                               | Ana keeps bees
            recall       | {"query":"bees","mode":"fast"}                                              | !must be one of hybrid
            recall       | {"query":"bees","mode":null,"detail":"full"}                                | "id"
            recall       | {"query":null}                                                              | !lacks "query", text
            recall       | {"query":""}                                                                | !blank
            recall       | {"query":"bees","from":"yesterday"}                                         | !from
            recall       | [{"query":"bees"}]                                                          | !arguments must be an object, and is a list
            recall       | "{\\"query\\":\\"bees\\"}"                                                  | Ana keeps bees
            list_notes   | {"superseded":"false","limit":"1"}                                          | "items"
            list_notes   | {"superseded":"True"}                                                       | "items"
            list_notes   | {"superseded":"maybe"}                                                      | !arguments.superseded must be true or false
            list_notes   | null                                                                        | "items"
            memory       | {"command":"view","path":"/memories"}                                       | 0B
            memory       | {"command":"create","path":"/memories/a.md","file_text":"one\\ntwo","view_range":null} | File created successfully at: /memories/a.md
            memory       | {"command":"create","path":"/memories/a.md","file_text":"one","user":"ana"} | File created successfully at: /memories/a.md
            memory       | {"command":"create","path":"/memories/a.md","file_text":"one"}              | !Error: File /memories/a.md already exists
            memory       | {"command":"insert","path":"/memories/a.md","insert_line":"1","insert_text":"x"} | The file /memories/a.md has been edited.
            memory       | {"command":"view","path":"/memories/a.md","view_range":"[2, -1]"}           | 2\tx
            memory       | {"command":"view","path":"/memories/a.md","user":"ana"}                     | 1\tone
            memory       | {"command":"insert","path":"/memories/a.md","insert_line":9,"insert_text":"x"} | !Error: Invalid `insert_line` parameter: 9
            memory       | {"command":"view","path":"/memories/../a"}                                  | !would escape /memories directory
            memory       | {"command":"view"}                                                          | !Parameter `path` is required for command: view
            memory       | {"command":"undo_edit","path":"/memories"}                                  | !must be one of view
            status       | {}                                                                          | "agent":"kira"
            backup       | {}                                                                          | .zip
            backup       | {"file":"/etc/passwd"}                                                      | !has no "file"; it takes nothing
            status       | {"verbose":true}                                                            | !has no "verbose"; it takes nothing
            connect      | {}                                                                          | !Give entities, relations or both
            connect      | {"entities":[],"relations":null}                                            | !Give entities, relations or both
            connect      | {"entities":[{"name":"Ana","type":"person","attributes":"{\\"age\\":3}","aliases":[]}]} | "name":"Ana"
            connect      | {"entities":"[{\\"name\\":\\"Rome\\",\\"type\\":\\"city\\"}]"}                 | Rome
            connect      | {"relations":[{"from":"Ana","to":"Rome","type":"lives_in","weight":"2","valid_to":null}]} | lives_in
            connect      | {"entities":[{"name":"Bo","type":"person","observation":["x"]}]}            | !entities[0] has no "observation"; it takes ref
            neighbors    | {"entity":"Ana","depth":"1","types":[],"limit":10.0}                        | Rome
            neighbors    | {"entity":"Ana","depth":0}                                                  | Ana
            path         | {"from":"Ana","to":"Rome","count":0}                                        | !arguments.count is 0
            graph_query  | {"query":"MATCH (n) WHERE n.name = $x RETURN n.age","parameters":"{\\"x\\":\\"Ana\\"}"} | [3]
            graph_query  | {"query":"RETURN $x AS x","parameters":{"x":null}}                          | [null]
            create_entities  | {"entities":[{"name":"Zoe","entityType":"person","observations":"sings"}]} | sings
            create_entities  | {"entities":[]}                                                         | []
            add_observations | {"observations":[{"entityName":"Zoe","contents":["a","b","c","d","e","f"]}]} | !limits.graph-batch
            create_entities  | {"entities":[{"name":"T","entityType":"t","observations":["1","2","3","4","5","6"]}]} | !limits.graph-batch
            delete_entities  | {"entityNames":["1","2","3","4","5","6"]}                               | !limits.graph-batch
            """;

    @TempDir
    Path data;

    private Stele stele;
    private McpServer server;
    private McpSession session;
    private final List<Map<String, @Nullable Object>> sent = new ArrayList<>();

    @BeforeEach
    void start() {
        GraphLimits graph = GraphLimits.DEFAULT;
        stele = Stele.open(
                SteleConfig.at(data)
                        .withLimits(Limits.builder()
                                .graph(new GraphLimits(
                                        graph.entities(),
                                        graph.relations(),
                                        MAX_BATCH,
                                        graph.depth(),
                                        graph.visited(),
                                        graph.rows(),
                                        graph.values(),
                                        graph.time(),
                                        graph.editTime()))
                                .build()),
                Optional.of(new WordEmbedder()));
        server = McpServers.of(stele, Runners.plain(), TaskLimits.DEFAULT);
        session = session(ToolProfile.ALL);
    }

    private McpSession session(ToolProfile tools) {
        return McpSession.of("s", "", stele.agent("kira"), new SessionOptions(false, false, tools), sent::add);
    }

    @AfterEach
    void stop() {
        session.close();
        server.close();
        stele.close();
    }

    private Optional<JsonObject> handle(McpSession client, String message) {
        return server.handle(client, Json.read(message), sent::add)
                .response()
                .map(answer -> Json.readObject("answer", Json.write(answer)));
    }

    private JsonObject call(McpSession client, String tool, String arguments) {
        return handle(
                        client,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}"
                                .formatted(tool, arguments))
                .orElseThrow();
    }

    @Test
    void argumentsAreTakenWhereTheirMeaningIsCertainAndOtherwiseRefused() {
        List<String> rows = CALLS.lines().toList();
        assertThat(rows).hasSizeGreaterThanOrEqualTo(60);
        for (String row : rows) {
            String[] cells = row.split(" +\\| +", 3);
            JsonObject result =
                    call(session, cells[0], cells[1]).object("result").orElseThrow();
            String text = result.objects("content").getFirst().string("text");
            boolean refused = cells[2].startsWith("!");
            assertThat(result.optionalBoolean("isError").orElse(false))
                    .as("%s: %s", row, text)
                    .isEqualTo(refused);
            assertThat(text).as(row).contains(refused ? cells[2].substring(1) : cells[2]);
        }
        assertThat(call(session, "recall", "{\"query\":\"gold\",\"user\":\"ana\"}")
                        .raw()
                        .toString())
                .doesNotContain("gold");
    }

    @Test
    void notificationsAreNeverAnsweredAndIdsAreRepeatedExactly() {
        for (String notification : List.of(
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\",\"params\":null}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":[1]}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":null}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unknown\",\"params\":\"x\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"nope\"}}")) {
            assertThat(handle(session, notification)).as(notification).isEmpty();
        }
        for (String id : List.of(
                "0", "-1", "9007199254740993", "9223372036854775807", "1.5", "\"\"", "\"1\"", "\"a\\u0000b\"")) {
            for (String params : List.of("", ",\"params\":null", ",\"params\":{}")) {
                JsonObject answer = handle(
                                session, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"%s}".formatted(id, params))
                        .orElseThrow();
                assertThat(answer.has("result")).as(id + params).isTrue();
                assertThat(Json.write(answer.raw("id"))).isEqualTo(id);
            }
        }
        for (String id : List.of("null", "true", "[]", "{}", "18446744073709551615")) {
            JsonObject answer = handle(session, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}".formatted(id))
                    .orElseThrow();
            assertThat(answer.map("error")).as(id).containsEntry("code", -32600L);
            assertThat(answer.raw("id")).isNull();
        }
        assertThat(sent).isEmpty();
    }

    private List<JsonObject> tools(McpSession client) {
        return handle(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                .orElseThrow()
                .object("result")
                .orElseThrow()
                .objects("tools");
    }

    @Test
    void profileDecidesWhichToolsAreListedAndAccepted() {
        McpSession agent = session(ToolProfile.AGENT);
        List<JsonObject> listed = tools(agent);
        assertThat(listed).hasSize(10);
        assertThat(Json.write(listed.stream().map(JsonObject::raw).toList()).length())
                .isLessThanOrEqualTo(MAX_LIST_CHARS);
        assertThat(tools(session(ToolProfile.MEMORY)))
                .hasSize(11)
                .noneMatch(tool -> tool.string("name").equals("create_entities"));
        assertThat(tools(session(ToolProfile.GRAPH)))
                .hasSize(14)
                .noneMatch(tool -> tool.string("name").equals("recall"));
        assertThat(tools(session)).hasSize(28);
        for (ToolProfile profile : ToolProfile.values()) {
            List<JsonObject> tools = tools(session(profile));
            int chars = Json.write(tools.stream().map(JsonObject::raw).toList()).length();
            System.out.printf(
                    "tools/list of profile %s: %d tools, %,d characters, about %,d tokens%n",
                    profile.label(), tools.size(), chars, chars / CHARS_PER_TOKEN);
            assertThat(tools)
                    .allSatisfy(tool -> assertThat(tool.has("outputSchema")).isFalse());
        }
        assertThat(String.valueOf(call(agent, "read_graph", "{}").map("error").get("message")))
                .contains("profile \"agent\"", "--tools all");
        assertThat(call(agent, "search_nodes", "{\"query\":\"nobody\"}").raw().toString())
                .contains("recall");
    }
}
