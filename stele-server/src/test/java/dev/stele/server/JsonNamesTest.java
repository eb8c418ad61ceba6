package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every JSON name of an interface is snake_case, except the names that another specification prescribes. */
class JsonNamesTest extends ServerTestBase {

    private static final Pattern SNAKE_CASE = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

    /** Tools whose arguments and results are those of the reference memory server of the Model Context Protocol. */
    private static final Set<String> REFERENCE_TOOLS = Set.of(
            "create_entities",
            "create_relations",
            "add_observations",
            "delete_entities",
            "delete_observations",
            "delete_relations",
            "read_graph",
            "search_nodes",
            "open_nodes");

    /** Fields that map names of a caller or of the system to values, such as the accounts of memory. */
    private static final Set<String> MAPS = Set.of("accounts", "metadata", "attributes", "days");

    private final Map<String, String> ids = new LinkedHashMap<>();
    private String documentId = "";

    /** Stores at least one item of each kind. */
    @BeforeEach
    void fill() throws Exception {
        ids.put("agent", "kira");
        ids.put("user", "ana");
        ids.put("session", "s");
        ids.put("entity", "Ana");
        post("/messages", "{\"id\":\"m\",\"session\":\"s\",\"user\":\"ana\",\"content\":\"I moved to Lisbon\"}");
        http.send("PATCH", KIRA + "/messages/m", "{\"content\":\"I moved to Porto\"}");
        http.send("PATCH", KIRA + "/sessions/s", "{\"title\":\"Talk\",\"ended\":true}");
        post("/notes", """
                {"id": "n", "content": "Ana likes tea", "user": "ana", "session": "s", "provenance": ["m"],
                 "valid_from": "2026-01-01", "valid_to": "2027-01-01", "pinned": true}""");
        post("/notes", "{\"content\": \"Ana likes coffee\", \"supersedes\": \"n\"}");
        post("/users/ana/interactions", "{\"message\":\"I like chess\",\"response\":\"Good\",\"learn\":true}");
        http.send("PATCH", KIRA + "/users/ana", "{\"preferences\":{\"drink\":\"tea\"}}");
        post("/graph", """
                {"entities": [{"name": "Ana", "type": "person", "mentioned_by": ["m"], "observations": ["sings"]},
                              {"name": "Lisbon", "type": "city"}],
                 "relations": [{"from": "Ana", "to": "Lisbon", "type": "lives_in", "valid_from": "2026-01-01"}]}""");
        http.send("PATCH", KIRA + "/entities/Ana", "{\"type\":\"singer\"}");
        documentId = http.post(KIRA + "/documents", "{\"collection\":\"c\",\"text\":\"Lisbon is a city.\"}")
                .json()
                .string("id");
        ids.put(
                "task",
                http.post("/v1/tasks", "{\"kind\":\"verify\",\"agent\":\"kira\"}")
                        .json()
                        .string("id"));
    }

    private void post(String path, String body) throws Exception {
        var answer = http.post(KIRA + path, body);
        assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
    }

    /** Collects the names of a tree that are not snake_case, with their paths. */
    private static void collect(String path, Object tree, Set<String> others) {
        switch (tree) {
            case Map<?, ?> map ->
                map.forEach((name, value) -> {
                    String at = path + "." + name;
                    if (!SNAKE_CASE.matcher(String.valueOf(name)).matches()) {
                        others.add(at);
                    }
                    if (!MAPS.contains(name)) {
                        collect(at, value, others);
                    }
                });
            case List<?> list -> list.forEach(value -> collect(path + "[]", value, others));
            case null, default -> {}
        }
    }

    @Test
    void namesOfTheOpenApiDocumentAreSnakeCase() throws Exception {
        JsonObject document = http.get("/openapi.json").json();
        var names = new TreeMap<String, String>();
        document.object("paths")
                .orElseThrow()
                .raw()
                .forEach((path, item) -> ((Map<?, ?>) item).forEach((method, operation) -> {
                    JsonObject.of("operation", operation).objects("parameters").forEach(parameter -> {
                        if (!parameter.string("in").equals("header")) {
                            names.put(parameter.string("name"), method + " " + path);
                        }
                    });
                    properties(operation, method + " " + path, names);
                }));
        document.object("components")
                .flatMap(all -> all.object("schemas"))
                .orElseThrow()
                .raw()
                .forEach((name, schema) -> {
                    if (!name.startsWith("Hook")) { // in the words of the coding agents
                        properties(schema, name, names);
                    }
                });
        assertThat(names).containsKeys("as_of", "valid_from", "min_importance");
        assertThat(names).allSatisfy((name, place) -> assertThat(name).as(place).matches(SNAKE_CASE));
    }

    /** Collects the names of the properties of all schemas in a tree, each with one of its places. */
    private static void properties(Object tree, String path, Map<String, String> names) {
        switch (tree) {
            case Map<?, ?> map -> {
                if (map.get("properties") instanceof Map<?, ?> properties) {
                    properties.keySet().forEach(name -> names.put(String.valueOf(name), path));
                }
                map.forEach((name, value) -> properties(value, path + "." + name, names));
            }
            case List<?> list -> list.forEach(value -> properties(value, path, names));
            case null, default -> {}
        }
    }

    @Test
    void namesOfTheArgumentsAndResultsOfOwnToolsAreSnakeCase() throws Exception {
        var listed = http.post(
                        "/mcp?agent=kira&tools=all",
                        """
                        {"jsonrpc": "2.0", "id": 1, "method": "tools/list",
                         "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                                              "io.modelcontextprotocol/clientCapabilities": {}}}}""",
                        "Accept",
                        "application/json, text/event-stream",
                        "MCP-Protocol-Version",
                        "2026-07-28",
                        "Mcp-Method",
                        "tools/list")
                .json();
        var names = new TreeMap<String, String>();
        var tools = new TreeSet<String>();
        listed.object("result").orElseThrow().objects("tools").forEach(tool -> {
            tools.add(tool.string("name"));
            if (!REFERENCE_TOOLS.contains(tool.string("name"))) {
                properties(tool.raw("inputSchema"), tool.string("name"), names);
                properties(tool.raw("outputSchema"), tool.string("name"), names);
            }
        });
        assertThat(tools).containsAll(REFERENCE_TOOLS).contains("remember", "connect", "status");
        assertThat(names).containsKeys("as_of", "valid_from", "mentioned_by");
        assertThat(names).allSatisfy((name, tool) -> assertThat(name).as(tool).matches(SNAKE_CASE));
    }

    @Test
    void namesOfAnExportAreSnakeCase() throws Exception {
        var types = new TreeSet<String>();
        var others = new TreeSet<String>();
        http.get(KIRA + "/export").body().lines().forEach(line -> {
            JsonObject json = Json.readObject("line", line);
            types.add(json.string("type"));
            collect(json.string("type"), json.raw(), others);
        });
        assertThat(types)
                .contains(
                        "message",
                        "session",
                        "note",
                        "user",
                        "entity",
                        "relation",
                        "interaction",
                        "document",
                        "lineage");
        assertThat(others).isEmpty();
    }

    @Test
    void namesOfEveryAnswerToAReadAreSnakeCase() throws Exception {
        var others = new TreeSet<String>();
        var read = new TreeSet<String>();
        Map<String, ?> paths =
                http.get("/openapi.json").json().object("paths").orElseThrow().raw();
        for (String template : paths.keySet()) {
            if (!template.startsWith("/v1/")
                    || template.endsWith("/chat") // a WebSocket
                    || template.equals("/v1/live") // a stream without an end
                    || !((Map<?, ?>) paths.get(template)).containsKey("get")) {
                continue;
            }
            String path = template;
            for (var id : ids.entrySet()) {
                path = path.replace("{" + id.getKey() + "}", URLEncoder.encode(id.getValue(), StandardCharsets.UTF_8));
            }
            String id = template.contains("/messages/") ? "m" : template.contains("/notes/") ? "n" : documentId;
            var answer = http.get(path.replace("{id}", id).replaceAll("[{}]", ""), "Accept", "application/json");
            if (answer.headers()
                            .firstValue("Content-Type")
                            .filter(type -> type.contains("json"))
                            .isPresent()
                    && answer.body().startsWith("{")
                    && !template.endsWith("/export")) {
                read.add(answer.status() + " " + template);
                collect(template, Json.read(answer.body()), others);
            }
        }
        assertThat(read).contains("200 /v1/agents/{agent}/notes", "200 /v1/arenas", "200 /v1/tasks");
        assertThat(others).isEmpty();
    }
}
