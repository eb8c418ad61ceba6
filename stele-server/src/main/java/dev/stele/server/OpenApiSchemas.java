package dev.stele.server;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of request bodies and query parameters for {@link OpenApi}; {@link OpenApiResponses} has those of responses.
 * A field is written as its name and its type; a star after the name marks a required field. A type is one of JSON
 * Schema ({@code array} is one of texts, {@code any} any value), {@code time}, the name of a schema, {@code [TYPE]} for
 * a list, {@code {TYPE}} for an object with any names and values of a type, {@code A,B} for one of two types, or
 * {@code enum:a|b}.
 */
final class OpenApiSchemas {

    /** Fields of the objects by schema name. */
    private static final Map<String, List<String>> OBJECTS = new LinkedHashMap<>();

    /** Type of a role of a speaker. */
    static final String ROLE = "enum:user|assistant|system|tool";

    static {
        OBJECTS.put(
                "Message",
                List.of(
                        "id string",
                        "session string",
                        "user string",
                        "role " + ROLE,
                        "content* string",
                        "at time",
                        "metadata object"));
        OBJECTS.put("MessageEdit", List.of("content* string"));
        OBJECTS.put("SessionChange", List.of("title string", "ended boolean", "ended_at time", "participants array"));
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
                        "valid_from time",
                        "valid_to time",
                        "pinned boolean",
                        "metadata object",
                        "supersedes string"));
        OBJECTS.put(
                "MemoryToolInput",
                List.of(
                        "command* enum:view|create|str_replace|insert|delete|rename",
                        "path string",
                        "view_range [integer]",
                        "file_text string",
                        "old_str string",
                        "new_str string",
                        "insert_line integer",
                        "insert_text string",
                        "old_path string",
                        "new_path string"));
        OBJECTS.put(
                "HookInput",
                List.of(
                        "session_id* string",
                        "cwd string",
                        "source string",
                        "prompt string",
                        "tool_name string",
                        "tool_input any",
                        "last_assistant_message string"));
        OBJECTS.put(
                "Entity",
                List.of(
                        "id string",
                        "name* string",
                        "type* string",
                        "aliases array",
                        "attributes object",
                        "observations [string,object]",
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
                        "valid_from time",
                        "valid_to time",
                        "sources array"));
        OBJECTS.put("Observations", List.of("observations* [string,object]"));
        OBJECTS.put("Merge", List.of("with* string"));
        OBJECTS.put("Split", List.of("into* Entity", "observations array", "relations array"));
        OBJECTS.put("GraphQuery", List.of("query* string", "parameters object", "as_of time"));
        OBJECTS.put("Graph", List.of("entities [object]", "relations [Relation]"));
        OBJECTS.put("MergePatch", List.of());
        OBJECTS.put("Lines", List.of());
        OBJECTS.put(
                "Recall",
                List.of(
                        "query* string",
                        "limit integer",
                        "mode enum:hybrid|semantic|keyword|graph",
                        "filter RecallFilter",
                        "as_of time",
                        "explain boolean",
                        "weights {number}",
                        "max_tokens integer",
                        "fold boolean",
                        "diversity number",
                        "min_score number",
                        "reference_date time",
                        "time_zone string"));
        OBJECTS.put(
                "Context",
                List.of(
                        "topic* string",
                        "user string",
                        "session string",
                        "max_tokens integer",
                        "hits integer",
                        "audience string,array"));
        OBJECTS.put(
                "RecallFilter",
                List.of(
                        "kind string,array",
                        "user string",
                        "audience string,array",
                        "session string",
                        "role " + ROLE,
                        "category string",
                        "tags string,array",
                        "min_importance number",
                        "from time",
                        "to time",
                        "archived boolean",
                        "superseded boolean"));
        OBJECTS.put(
                "Interaction",
                List.of(
                        "message string",
                        "response string",
                        "session string",
                        "at time",
                        "metadata object",
                        "learn boolean"));
        OBJECTS.put(
                "Event",
                List.of("id string", "type* string", "user string", "session string", "messages array", "data object"));
        OBJECTS.put("Chat", List.of("message* string", "session string", "user string", "id string"));
        OBJECTS.put("Conversation", List.of("with* string", "opening* string", "session string", "turns integer"));
        OBJECTS.put(
                "Persona",
                List.of("name* string", "description string", "traits {number}", "styles {string}", "languages array"));
        OBJECTS.put("Schedule", List.of("zone string", "hours [ScheduleHours]"));
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
        OBJECTS.put("LoginKey", List.of("key* string"));
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
            Map.entry("POST /memory-tool", "MemoryToolInput"),
            Map.entry("POST /hooks/{event}", "HookInput"),
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
            Map.entry("POST /v1/login", "LoginKey"),
            Map.entry("POST /v1/arenas/profiling", "Profiling"));

    /** Query parameters, by method and template without the prefix of an agent. */
    private static final Map<String, List<String>> QUERIES = Map.ofEntries(
            Map.entry("GET /sessions", List.of("user string", "limit integer", "after string")),
            Map.entry(
                    "GET /sessions/{session}/messages", List.of("limit integer", "before string", "archived boolean")),
            Map.entry("POST /memory-tool", List.of("user string")),
            Map.entry("POST /hooks/{event}", List.of("user string", "max_tokens integer")),
            Map.entry("POST /notes", List.of("merge boolean")),
            Map.entry(
                    "GET /notes",
                    List.of(
                            "category string",
                            "tag string",
                            "user string",
                            "session string",
                            "source string",
                            "min_importance number",
                            "pinned boolean",
                            "superseded boolean",
                            "limit integer",
                            "after string")),
            Map.entry("GET /users", List.of("limit integer", "after string")),
            Map.entry("GET /users/{user}", List.of("as_of time")),
            Map.entry("GET /users/{user}/history", List.of("limit integer", "after string")),
            Map.entry("GET /changes", List.of("after integer", "limit integer")),
            Map.entry("GET /v1/live", List.of("agent string", "after integer")),
            Map.entry("GET /v1/agents", List.of("limit integer", "after string")),
            Map.entry("GET /entities", List.of("type string", "text string", "limit integer", "after string")),
            Map.entry("GET /entities/{entity}", List.of("as_of time", "history boolean")),
            Map.entry("DELETE /entities/{entity}", List.of("forget boolean")),
            Map.entry("DELETE /observations/{id}", List.of("forget boolean")),
            Map.entry("DELETE /relations/{id}", List.of("forget boolean")),
            Map.entry(
                    "GET /entities/{entity}/neighbors",
                    List.of("depth integer", "direction string", "type string", "as_of time", "limit integer")),
            Map.entry(
                    "GET /graph/paths",
                    List.of(
                            "from string",
                            "to string",
                            "depth integer",
                            "count integer",
                            "direction string",
                            "type string",
                            "as_of time")),
            Map.entry(
                    "GET /graph/view",
                    List.of(
                            "entity string",
                            "query string",
                            "depth integer",
                            "type string",
                            "as_of time",
                            "limit integer")),
            Map.entry("GET /graph/around", List.of("query string", "depth integer", "limit integer")),
            Map.entry("GET /graph/changes", List.of("since string", "limit integer")),
            Map.entry("GET /export", List.of("format string")),
            Map.entry(
                    "POST /import",
                    List.of(
                            "format string",
                            "user string",
                            "session string",
                            "learn boolean",
                            "keep_all boolean",
                            "wait boolean")),
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

    static String key(String method, String template) {
        return method + " " + template.replace("/v1/agents/{agent}/", "/");
    }

    /** Returns all schemas by name, as a JSON tree. */
    static Map<String, @Nullable Object> all() {
        var all = new LinkedHashMap<String, @Nullable Object>();
        OBJECTS.forEach((name, fields) -> all.put(name, object(fields)));
        all.put("Messages", type("Message,[Message]"));
        OpenApiResponses.OBJECTS.forEach((name, fields) -> all.put(name, object(fields)));
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
            properties.keep(name, type(parts[1]));
        }
        return Json.fields()
                .put("type", "object")
                .put("properties", properties.map())
                .put("required", required)
                .map();
    }

    /** Returns the schema of a type; the class comment describes its notation. */
    static Map<String, @Nullable Object> type(String type) {
        String inner = type.substring(1, type.length() - 1);
        if (type.startsWith("[") && type.endsWith("]") && balanced(inner)) {
            return Json.fields().put("type", "array").keep("items", type(inner)).map();
        }
        if (type.startsWith("{")) {
            return Json.fields()
                    .put("type", "object")
                    .keep("additionalProperties", type(inner))
                    .map();
        }
        if (type.startsWith("enum:")) {
            return Json.fields()
                    .put("type", "string")
                    .put("enum", List.of(type.substring(5).split("\\|", -1)))
                    .map();
        }
        if (type.contains(",")) {
            return Json.fields()
                    .put(
                            "oneOf",
                            Arrays.stream(type.split(",", -1))
                                    .map(OpenApiSchemas::type)
                                    .toList())
                    .map();
        }
        return switch (type) {
            case "array" -> type("[string]");
            case "any" -> Map.of();
            case "time" ->
                Json.fields().put("type", "string").put("format", "date-time").map();
            case "string", "integer", "number", "boolean", "object" ->
                Json.fields().put("type", type).map();
            default -> Json.fields().put("$ref", "#/components/schemas/" + type).map();
        };
    }

    /** Returns whether a text is one type, so that the brackets around it belong together. */
    private static boolean balanced(String inner) {
        return inner.indexOf(']') < 0 || (inner.indexOf('[') >= 0 && inner.indexOf('[') < inner.indexOf(']'));
    }
}
