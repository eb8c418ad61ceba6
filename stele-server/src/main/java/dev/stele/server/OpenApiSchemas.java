package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of request bodies and query parameters for {@link OpenApi}. A field is written as its name and its type; a
 * star after the name marks a required field.
 */
final class OpenApiSchemas {

    /** Fields of the objects by schema name. */
    private static final Map<String, List<String>> OBJECTS = new LinkedHashMap<>();

    static {
        OBJECTS.put(
                "Message",
                List.of(
                        "id string",
                        "session string",
                        "user string",
                        "role string",
                        "content* string",
                        "at string",
                        "metadata object"));
        OBJECTS.put("MessageEdit", List.of("content* string"));
        OBJECTS.put("SessionChange", List.of("title string", "ended boolean", "ended_at string"));
        OBJECTS.put(
                "Note",
                List.of(
                        "id string",
                        "content* string",
                        "category string",
                        "confidence number",
                        "importance number",
                        "tags array",
                        "evidence array",
                        "provenance array",
                        "user string",
                        "session string",
                        "valid_from string",
                        "valid_to string",
                        "pinned boolean",
                        "metadata object",
                        "supersedes string"));
        OBJECTS.put(
                "Entity",
                List.of(
                        "id string",
                        "name* string",
                        "type* string",
                        "aliases array",
                        "attributes object",
                        "observations array",
                        "mentioned_by array"));
        OBJECTS.put(
                "Relation",
                List.of(
                        "from* string",
                        "to* string",
                        "type* string",
                        "fact string",
                        "weight number",
                        "attributes object",
                        "valid_from string",
                        "valid_to string",
                        "sources array"));
        OBJECTS.put("Observations", List.of("observations* array"));
        OBJECTS.put("Merge", List.of("with* string"));
        OBJECTS.put("Split", List.of("into* object", "observations array", "relations array"));
        OBJECTS.put("GraphQuery", List.of("query* string", "parameters object", "as_of string"));
        OBJECTS.put("Graph", List.of("entities array", "relations array"));
        OBJECTS.put("MergePatch", List.of());
        OBJECTS.put("Lines", List.of());
        OBJECTS.put(
                "Recall",
                List.of(
                        "query* string",
                        "limit integer",
                        "mode string",
                        "filter object",
                        "as_of string",
                        "explain boolean",
                        "weights object",
                        "max_tokens integer",
                        "fold boolean",
                        "diversity number"));
        OBJECTS.put(
                "Context",
                List.of(
                        "topic* string",
                        "user string",
                        "session string",
                        "max_tokens integer",
                        "hits integer",
                        "audience array"));
        OBJECTS.put(
                "Interaction",
                List.of(
                        "message string",
                        "response string",
                        "session string",
                        "at string",
                        "metadata object",
                        "learn boolean"));
        OBJECTS.put(
                "Event",
                List.of("id string", "type* string", "user string", "session string", "messages array", "data object"));
        OBJECTS.put("Chat", List.of("message* string", "session string", "user string", "id string"));
        OBJECTS.put("Conversation", List.of("with* string", "opening* string", "session string", "turns integer"));
        OBJECTS.put(
                "Persona",
                List.of("name* string", "description string", "traits object", "styles object", "languages array"));
        OBJECTS.put("Schedule", List.of("zone string", "hours array"));
        OBJECTS.put("Access", List.of("chat array", "memory string"));
        OBJECTS.put(
                "Document",
                List.of(
                        "collection* string",
                        "id string",
                        "title string",
                        "text* string",
                        "type string",
                        "metadata object"));
        OBJECTS.put("Search", List.of("collection* string", "query* string", "limit integer", "dense number"));
        OBJECTS.put(
                "Selection",
                List.of(
                        "selected_text* string",
                        "context_text string",
                        "collection* string",
                        "document* string",
                        "summary string",
                        "user string"));
        OBJECTS.put(
                "Task",
                List.of(
                        "kind* string",
                        "agent string",
                        "arguments object",
                        "priority string",
                        "delay_seconds number",
                        "attempts integer",
                        "timeout_seconds number"));
        OBJECTS.put("Profiling", List.of("on* boolean"));
        OBJECTS.put(
                "Problem",
                List.of("type* string", "title* string", "status* integer", "detail* string", "request string"));
    }

    /** Schema names of the request bodies, by method and template without the prefix of an agent. */
    private static final Map<String, String> BODIES = Map.ofEntries(
            Map.entry("POST /messages", "Messages"),
            Map.entry("PATCH /messages/{id}", "MessageEdit"),
            Map.entry("PATCH /sessions/{session}", "SessionChange"),
            Map.entry("POST /notes", "Note"),
            Map.entry("PATCH /notes/{id}", "MergePatch"),
            Map.entry("POST /recall", "Recall"),
            Map.entry("POST /context", "Context"),
            Map.entry("POST /entities", "Entity"),
            Map.entry("PATCH /entities/{entity}", "MergePatch"),
            Map.entry("POST /entities/{entity}/observations", "Observations"),
            Map.entry("POST /entities/{entity}/merge", "Merge"),
            Map.entry("POST /entities/{entity}/split", "Split"),
            Map.entry("POST /relations", "Relation"),
            Map.entry("PATCH /relations/{id}", "MergePatch"),
            Map.entry("POST /graph", "Graph"),
            Map.entry("POST /graph/query", "GraphQuery"),
            Map.entry("POST /import", "Lines"),
            Map.entry("PATCH /users/{user}", "MergePatch"),
            Map.entry("POST /users/{user}/interactions", "Interaction"),
            Map.entry("POST /interactions", "Event"),
            Map.entry("POST /chat", "Chat"),
            Map.entry("POST /conversations", "Conversation"),
            Map.entry("PUT /persona", "Persona"),
            Map.entry("PUT /schedule", "Schedule"),
            Map.entry("PUT /access", "Access"),
            Map.entry("POST /documents", "Document"),
            Map.entry("POST /documents/search", "Search"),
            Map.entry("POST /elaborate/stream", "Selection"),
            Map.entry("POST /v1/tasks", "Task"),
            Map.entry("POST /v1/arenas/profiling", "Profiling"));

    /** Query parameters, by method and template without the prefix of an agent. */
    private static final Map<String, List<String>> QUERIES = Map.ofEntries(
            Map.entry("GET /sessions", List.of("user string", "limit integer", "after string")),
            Map.entry(
                    "GET /sessions/{session}/messages", List.of("limit integer", "before string", "archived boolean")),
            Map.entry(
                    "GET /notes",
                    List.of(
                            "category string",
                            "tag string",
                            "user string",
                            "session string",
                            "min_importance number",
                            "pinned boolean",
                            "superseded boolean",
                            "limit integer",
                            "after string")),
            Map.entry("GET /users", List.of("limit integer", "after string")),
            Map.entry("GET /users/{user}", List.of("as_of string")),
            Map.entry("GET /users/{user}/history", List.of("limit integer", "after string")),
            Map.entry("GET /changes", List.of("after integer", "limit integer")),
            Map.entry("GET /v1/agents", List.of("limit integer", "after string")),
            Map.entry("GET /entities", List.of("type string", "text string", "limit integer", "after string")),
            Map.entry("GET /entities/{entity}", List.of("as_of string", "history boolean")),
            Map.entry("DELETE /entities/{entity}", List.of("forget boolean")),
            Map.entry("DELETE /observations/{id}", List.of("forget boolean")),
            Map.entry("DELETE /relations/{id}", List.of("forget boolean")),
            Map.entry(
                    "GET /entities/{entity}/neighbors",
                    List.of("depth integer", "direction string", "type string", "as_of string", "limit integer")),
            Map.entry(
                    "GET /graph/paths",
                    List.of(
                            "from string",
                            "to string",
                            "depth integer",
                            "count integer",
                            "direction string",
                            "type string",
                            "as_of string")),
            Map.entry("GET /graph/around", List.of("query string", "depth integer", "limit integer")),
            Map.entry("GET /graph/changes", List.of("since string", "limit integer")),
            Map.entry("GET /graph/important", List.of("limit integer")),
            Map.entry("GET /graph/communities", List.of("limit integer")),
            Map.entry("GET /interactions", List.of("user string", "state string", "limit integer", "after string")),
            Map.entry("GET /users/{user}/insights", List.of("days integer")),
            Map.entry("GET /users/{user}/knowledge", List.of("topic string")),
            Map.entry("GET /users/{user}/primer", List.of("collection string", "document string", "refresh boolean")),
            Map.entry("GET /graph/related", List.of("concept string", "limit integer")),
            Map.entry("GET /consolidations", List.of("user string", "limit integer", "after string")),
            Map.entry("GET /documents", List.of("collection string", "limit integer", "after string")),
            Map.entry("GET /willingness", List.of("mentioned boolean")),
            Map.entry("GET /v1/tasks", List.of("state string", "agent string", "limit integer", "after string")));

    private OpenApiSchemas() {}

    /** Returns the name of the schema of the request body; empty if the route takes none. */
    static Optional<String> body(String method, String template) {
        return Optional.ofNullable(BODIES.get(key(method, template)));
    }

    /** Returns the types of the query parameters of a route by name. */
    static Map<String, String> query(String method, String template) {
        var parameters = new LinkedHashMap<String, String>();
        for (String field : template.startsWith("/v1/")
                ? QUERIES.getOrDefault(key(method, template), List.of())
                : List.<String>of()) {
            String[] parts = field.split(" ", 2);
            parameters.put(parts[0], parts[1]);
        }
        return parameters;
    }

    private static String key(String method, String template) {
        return method + " " + template.replace("/v1/agents/{agent}/", "/");
    }

    /** Returns all schemas by name, as a JSON tree. */
    static Map<String, @Nullable Object> all() {
        var all = new LinkedHashMap<String, @Nullable Object>();
        OBJECTS.forEach((name, fields) -> all.put(name, object(fields)));
        Map<String, @Nullable Object> message =
                Json.fields().put("$ref", "#/components/schemas/Message").map();
        all.put(
                "Messages",
                Json.fields()
                        .put(
                                "oneOf",
                                List.of(
                                        message,
                                        Json.fields()
                                                .put("type", "array")
                                                .put("items", message)
                                                .map()))
                        .map());
        return all;
    }

    private static Map<String, @Nullable Object> object(List<String> fields) {
        var properties = Json.fields();
        var required = new ArrayList<String>();
        for (String field : fields) {
            String[] parts = field.split(" ", 2);
            String name = parts[0].replace("*", "");
            if (parts[0].endsWith("*")) {
                required.add(name);
            }
            var property = Json.fields().put("type", parts[1]);
            if (parts[1].equals("array")) {
                property.put("items", Json.fields().put("type", "string").map());
            }
            properties.put(name, property.map());
        }
        return Json.fields()
                .put("type", "object")
                .put("properties", properties.map())
                .put("required", required)
                .map();
    }
}
