package dev.stele.server;

import dev.stele.arena.ArenaKind;
import dev.stele.audit.AuditOutcome;
import dev.stele.audit.Surface;
import dev.stele.mcp.ToolProfile;
import dev.stele.model.ChangeKind;
import dev.stele.model.Direction;
import dev.stele.model.InteractionState;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Role;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import dev.stele.profile.Access;
import dev.stele.recall.RecallMode;
import dev.stele.transfer.ExportFormat;
import dev.stele.transfer.ImportFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of request bodies and parameters for {@link OpenApi}; {@link OpenApiResponses} has those of responses. A field
 * is written as its name and its type; a star after the name marks a required field. A type is one of
 *
 * <ul>
 *   <li>JSON Schema, where {@code integer} has 64 bits, {@code array} is one of texts and {@code any} any value;
 *   <li>{@code count} (whole number from 1 of 32 bits), {@code time}, {@code binary} (bytes that are no JSON);
 *   <li>the name of a schema, {@code enum:a|b} for one of some texts;
 *   <li>{@code [TYPE]} for a list, {@code {TYPE}} for an object with any names and values of a type;
 *   <li>{@code A,B} for one of two types, {@code TYPE?} for a type of JSON Schema or null.
 * </ul>
 */
final class OpenApiSchemas {

    /** Fields of the objects by schema name. */
    private static final Map<String, List<String>> OBJECTS = new LinkedHashMap<>();

    /** Values of the enumerations by schema name. */
    private static final Map<String, List<String>> ENUMS = new LinkedHashMap<>();

    static {
        ENUMS.put("Role", labels(Role.values(), Role::label));
        ENUMS.put("ItemKind", labels(ItemKind.values(), ItemKind::label));
        ENUMS.put("RecallMode", labels(RecallMode.values(), RecallMode::label));
        ENUMS.put("ChangeKind", labels(ChangeKind.values(), ChangeKind::label));
        ENUMS.put("TaskState", labels(TaskState.values(), TaskState::label));
        ENUMS.put("TaskPriority", labels(TaskPriority.values(), TaskPriority::label));
        ENUMS.put("AuditSurface", labels(Surface.values(), Surface::label));
        ENUMS.put("AuditOutcome", labels(AuditOutcome.values(), AuditOutcome::label));
        ENUMS.put("InteractionState", labels(InteractionState.values(), InteractionState::label));
        ENUMS.put("Direction", labels(Direction.values(), OpenApiSchemas::lowerCase));
        ENUMS.put("ImportFormat", labels(ImportFormat.values(), ImportFormat::label));
        ENUMS.put("ExportFormat", labels(ExportFormat.values(), ExportFormat::label));
        ENUMS.put("ToolProfile", labels(ToolProfile.values(), ToolProfile::label));
        ENUMS.put("ArenaKind", labels(ArenaKind.values(), ArenaKind::label));
        ENUMS.put("Sight", labels(Access.Sight.values(), OpenApiSchemas::lowerCase));
        ENUMS.put("Sender", labels(Access.Who.values(), OpenApiSchemas::lowerCase));
        ENUMS.put("HookEvent", HookResources.EVENTS);
        ENUMS.put("TaskKind", List.of("backup", "verify", "maintenance", "optimize"));
        ENUMS.put("DocumentType", List.of("text", "markdown", "html"));
        ENUMS.put(
                "SourceKind",
                List.of("message", "note", "observation", "passage", "profile", "summary", "fact", "text", "reader"));
    }

    static {
        OBJECTS.put(
                "Message",
                List.of(
                        "id string",
                        "session string",
                        "user string",
                        "role Role",
                        "content* string",
                        "at time",
                        "metadata object",
                        "sources array"));
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
                "NotePatch",
                List.of(
                        "id string",
                        "content string",
                        "category string?",
                        "confidence number?",
                        "importance number?",
                        "tags array?",
                        "evidence array?",
                        "provenance array?",
                        "user string?",
                        "session string?",
                        "valid_from time?",
                        "valid_to time?",
                        "pinned boolean?",
                        "metadata object?"));
        OBJECTS.put(
                "UserPatch",
                List.of(
                        "first_met time?",
                        "conversations integer?",
                        "friendship number?",
                        "trust number?",
                        "traits object?",
                        "preferences object?",
                        "moods [object]?",
                        "last_interaction time?"));
        OBJECTS.put("EntityPatch", List.of("name string", "type string?", "aliases array?", "attributes object?"));
        OBJECTS.put(
                "RelationPatch",
                List.of(
                        "fact string?",
                        "weight number?",
                        "attributes object?",
                        "valid_from time?",
                        "valid_to time?",
                        "sources array?"));
        OBJECTS.put("ObservationDraft", List.of("content* string", "at time", "sources array"));
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
                        "observations [string,ObservationDraft]",
                        "mentioned_by array"));
        OBJECTS.put(
                "GraphEntity",
                List.of(
                        "ref string",
                        "id string",
                        "name* string",
                        "type* string",
                        "aliases array",
                        "attributes object",
                        "observations [string,ObservationDraft]",
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
        OBJECTS.put("Observations", List.of("observations* [string,ObservationDraft]"));
        OBJECTS.put("Merge", List.of("with* string"));
        OBJECTS.put("Split", List.of("into* Entity", "observations array", "relations array"));
        OBJECTS.put("GraphQuery", List.of("query* string", "parameters object", "as_of time"));
        OBJECTS.put("Graph", List.of("entities [GraphEntity]", "relations [Relation]"));
        OBJECTS.put(
                "Recall",
                List.of(
                        "query* string",
                        "limit count",
                        "mode RecallMode",
                        "filter RecallFilter",
                        "as_of time",
                        "explain boolean",
                        "weights {number}",
                        "max_tokens count",
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
                        "max_tokens count",
                        "hits integer",
                        "audience string,array"));
        OBJECTS.put(
                "RecallFilter",
                List.of(
                        "kind ItemKind,[ItemKind]",
                        "user string",
                        "audience string,array",
                        "session string",
                        "role Role",
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
        OBJECTS.put("Conversation", List.of("with* string", "opening* string", "session string", "turns count"));
        OBJECTS.put(
                "Persona",
                List.of("name* string", "description string", "traits {number}", "styles {string}", "languages array"));
        OBJECTS.put("Schedule", List.of("zone string", "hours [ScheduleHours]"));
        OBJECTS.put("Access", List.of("chat [Sender]", "memory Sight"));
        OBJECTS.put(
                "Document",
                List.of(
                        "collection* string",
                        "id string",
                        "title string",
                        "text* string",
                        "type DocumentType",
                        "metadata object"));
        OBJECTS.put("Search", List.of("collection* string", "query* string", "limit count", "dense number"));
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
                        "kind* TaskKind",
                        "agent string",
                        "arguments object",
                        "priority TaskPriority",
                        "delay_seconds number",
                        "attempts count",
                        "timeout_seconds number"));
        OBJECTS.put("LoginKey", List.of("key* string"));
        OBJECTS.put("Restoration", List.of("backup* string", "confirm* string"));
        OBJECTS.put("KeyDraft", List.of("label* string", "scope* enum:read|write|admin", "agents array"));
        OBJECTS.put("Profiling", List.of("on* boolean"));
        OBJECTS.put(
                "Problem",
                List.of("type* string", "title* string", "status* integer", "detail* string", "request string"));
        OBJECTS.put("RpcError", List.of("code* integer", "message* string", "data any"));
        OBJECTS.put(
                "RpcMessage",
                List.of(
                        "jsonrpc* enum:2.0",
                        "id any",
                        "method string",
                        "params object",
                        "result object",
                        "error RpcError"));
    }

    /** Media types of the file that an import takes, beside JSON. */
    private static final List<String> IMPORTED =
            List.of("application/x-ndjson", "application/zip", "application/octet-stream", "text/csv", "text/markdown");

    /** Media types of the file of a document. */
    private static final List<String> DOCUMENTS =
            List.of("text/plain", "text/markdown", "text/html", "application/pdf");

    /** Types of the JSON request bodies, by method and template without the prefix of an agent. */
    private static final Map<String, String> BODIES = Map.ofEntries(
            Map.entry("POST /messages", "Messages"),
            Map.entry("PATCH /messages/{id}", "MessageEdit"),
            Map.entry("PATCH /sessions/{session}", "SessionChange"),
            Map.entry("POST /users/{user}/consolidation/apply", "ConsolidationPlan"),
            Map.entry("POST /notes", "Note"),
            Map.entry("PATCH /notes/{id}", "NotePatch"),
            Map.entry("POST /memory-tool", "MemoryToolInput"),
            Map.entry("POST /hooks/{event}", "HookInput"),
            Map.entry("POST /recall", "Recall"),
            Map.entry("POST /context", "Context"),
            Map.entry("POST /entities", "Entity"),
            Map.entry("PATCH /entities/{entity}", "EntityPatch"),
            Map.entry("POST /entities/{entity}/observations", "Observations"),
            Map.entry("POST /entities/{entity}/merge", "Merge"),
            Map.entry("POST /entities/{entity}/split", "Split"),
            Map.entry("POST /relations", "Relation"),
            Map.entry("PATCH /relations/{id}", "RelationPatch"),
            Map.entry("POST /graph", "Graph"),
            Map.entry("POST /graph/query", "GraphQuery"),
            Map.entry("POST /import", "any"),
            Map.entry("PATCH /users/{user}", "UserPatch"),
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
            Map.entry("POST /restore", "Restoration"),
            Map.entry("POST /v1/keys", "KeyDraft"),
            Map.entry("POST /mcp", "RpcMessage,[RpcMessage]"),
            Map.entry("POST /v1/arenas/profiling", "Profiling"));

    /** Query parameters of the Model Context Protocol. */
    private static final List<String> MCP_QUERY =
            List.of("agent string", "read_only boolean", "search_before_write boolean", "tools ToolProfile");

    /** Query parameters, by method and template without the prefix of an agent. */
    private static final Map<String, List<String>> QUERIES = Map.ofEntries(
            Map.entry("DELETE /messages/{id}", List.of("preview boolean")),
            Map.entry("DELETE /sessions/{session}", List.of("preview boolean")),
            Map.entry("DELETE /notes/{id}", List.of("preview boolean")),
            Map.entry("DELETE /users/{user}", List.of("preview boolean")),
            Map.entry("DELETE /collections/{collection}", List.of("preview boolean")),
            Map.entry("DELETE /collections/{collection}/documents/{id}", List.of("preview boolean")),
            Map.entry("POST /documents", List.of("collection string", "id string", "title string")),
            Map.entry("POST /chat", List.of("searched boolean")),
            Map.entry("POST /elaborate/stream", List.of("searched boolean")),
            Map.entry("POST /mcp", MCP_QUERY),
            Map.entry("GET /mcp", MCP_QUERY),
            Map.entry("DELETE /mcp", MCP_QUERY),
            Map.entry("GET /sessions", List.of("user string", "limit count", "after string")),
            Map.entry("GET /sessions/{session}/messages", List.of("limit count", "before string", "archived boolean")),
            Map.entry("POST /memory-tool", List.of("user string")),
            Map.entry("POST /hooks/{event}", List.of("user string", "max_tokens count")),
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
                            "limit count",
                            "after string")),
            Map.entry("GET /users", List.of("limit count", "after string")),
            Map.entry("GET /users/{user}", List.of("as_of time")),
            Map.entry("GET /users/{user}/history", List.of("limit count", "after string")),
            Map.entry("GET /changes", List.of("after integer", "limit count")),
            Map.entry("GET /v1/live", List.of("agent string", "after integer")),
            Map.entry("GET /v1/agents", List.of("limit count", "after string")),
            Map.entry("GET /entities", List.of("type string", "text string", "limit count", "after string")),
            Map.entry("GET /entities/{entity}", List.of("as_of time", "history boolean", "relations integer")),
            Map.entry("DELETE /entities/{entity}", List.of("forget boolean", "preview boolean")),
            Map.entry("DELETE /observations/{id}", List.of("forget boolean")),
            Map.entry("DELETE /relations/{id}", List.of("forget boolean")),
            Map.entry(
                    "GET /entities/{entity}/neighbors",
                    List.of("depth count", "direction Direction", "type string", "as_of time", "limit count")),
            Map.entry(
                    "GET /graph/paths",
                    List.of(
                            "from* string",
                            "to* string",
                            "depth count",
                            "count count",
                            "direction Direction",
                            "type string",
                            "as_of time")),
            Map.entry(
                    "GET /graph/view",
                    List.of(
                            "entity string",
                            "query string",
                            "depth count",
                            "type string",
                            "as_of time",
                            "limit count")),
            Map.entry("GET /graph/around", List.of("query* string", "depth count", "limit count")),
            Map.entry("GET /graph/changes", List.of("since* time", "limit count")),
            Map.entry("GET /export", List.of("format ExportFormat")),
            Map.entry(
                    "POST /import",
                    List.of(
                            "format ImportFormat",
                            "user string",
                            "session string",
                            "learn boolean",
                            "keep_all boolean",
                            "wait boolean")),
            Map.entry("GET /graph/important", List.of("limit count")),
            Map.entry("GET /graph/communities", List.of("limit count")),
            Map.entry(
                    "GET /interactions",
                    List.of("user string", "state InteractionState", "limit count", "after string")),
            Map.entry(
                    "GET /v1/audit",
                    List.of(
                            "agent string",
                            "key string",
                            "operation string",
                            "surface AuditSurface",
                            "limit count",
                            "after string")),
            Map.entry("GET /retention", List.of("limit count")),
            Map.entry("GET /backups", List.of("limit count")),
            Map.entry("GET /review", List.of("duplicates boolean", "counts boolean")),
            Map.entry("GET /users/{user}/insights", List.of("days count")),
            Map.entry("GET /users/{user}/knowledge", List.of("topic string")),
            Map.entry("GET /users/{user}/primer", List.of("collection* string", "document* string", "refresh boolean")),
            Map.entry("GET /graph/related", List.of("concept* string", "limit count")),
            Map.entry("GET /consolidations", List.of("user string", "limit count", "after string")),
            Map.entry("GET /documents", List.of("collection string", "limit count", "after string")),
            Map.entry("GET /willingness", List.of("mentioned boolean")),
            Map.entry("GET /v1/tasks", List.of("state TaskState", "agent string", "limit count", "after string")));

    /** Headers that a request may have, by method and template without the prefix of an agent. */
    private static final Map<String, List<String>> HEADERS = new LinkedHashMap<>();

    static {
        for (String route : List.of(
                "POST /messages",
                "POST /notes",
                "POST /users/{user}/interactions",
                "POST /relations",
                "POST /graph",
                "POST /interactions")) {
            HEADERS.put(route, List.of("Idempotency-Key"));
        }
        for (String route : List.of(
                "PATCH /notes/{id}",
                "PATCH /users/{user}",
                "PATCH /entities/{entity}",
                "PATCH /relations/{id}",
                "PUT /persona",
                "PUT /schedule",
                "PUT /access")) {
            HEADERS.put(route, List.of("If-Match"));
        }
        HEADERS.put("GET /changes", List.of("Last-Event-ID"));
        HEADERS.put("GET /v1/live", List.of("Last-Event-ID"));
        HEADERS.put("POST /v1/login", List.of(AccessFilter.CLIENT_HEADER));
        HEADERS.put("POST /mcp", List.of("Mcp-Session-Id", "MCP-Protocol-Version"));
        HEADERS.put("GET /mcp", List.of("Mcp-Session-Id", "MCP-Protocol-Version", "Last-Event-ID"));
        HEADERS.put("DELETE /mcp", List.of("Mcp-Session-Id", "MCP-Protocol-Version"));
    }

    private OpenApiSchemas() {}

    private static <E> List<String> labels(E[] values, Function<E, String> label) {
        return Arrays.stream(values).map(label).toList();
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the types of the request body of a route by media type; empty if the route takes none. */
    static Map<String, String> body(Router.Route route) {
        String key = key(route.method(), route.template());
        String type = BODIES.get(key);
        if (type == null) {
            return Map.of();
        }
        var types = new LinkedHashMap<String, String>();
        types.put("application/json", type);
        if (route.method().equals("PATCH")) {
            types.put("application/merge-patch+json", type);
        }
        if (key.equals("POST /import")) {
            IMPORTED.forEach(mediaType -> types.put(mediaType, "binary"));
        }
        if (key.equals("POST /documents")) {
            DOCUMENTS.forEach(mediaType -> types.put(mediaType, "binary"));
        }
        return types;
    }

    /** Returns the types of the query parameters of a route by name; a required one has a star after its name. */
    static Map<String, String> query(Router.Route route) {
        var parameters = new LinkedHashMap<String, String>();
        for (String field : QUERIES.getOrDefault(key(route.method(), route.template()), List.of())) {
            String[] parts = field.split(" ", 2);
            parameters.put(parts[0], parts[1]);
        }
        return parameters;
    }

    /** Returns the names of the headers that a request of a route may have, besides those of all routes. */
    static List<String> headers(Router.Route route) {
        return HEADERS.getOrDefault(key(route.method(), route.template()), List.of());
    }

    /** Returns the type of a parameter of a path. */
    static String pathType(String name) {
        return switch (name) {
            case "event" -> "HookEvent";
            case "kind" -> "ArenaKind";
            default -> "string";
        };
    }

    static String key(String method, String template) {
        return method + " " + template.replace("/v1/agents/{agent}/", "/");
    }

    /** Returns all schemas by name, as a JSON tree. */
    static Map<String, @Nullable Object> all() {
        var all = new LinkedHashMap<String, @Nullable Object>();
        ENUMS.forEach((name, values) -> all.put(name, type("enum:" + String.join("|", values))));
        OBJECTS.forEach((name, fields) -> all.put(name, object(fields)));
        all.put("Messages", type("Message,[Message]"));
        OpenApiResponses.OBJECTS.forEach((name, fields) -> all.put(name, object(fields)));
        all.putAll(OpenApiResponses.eventSchemas());
        return all;
    }

    /** Returns the schema of an object with some fields. */
    static Map<String, @Nullable Object> object(List<String> fields) {
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
        if (type.endsWith("?")) {
            var nullable = Json.fields();
            type(type.substring(0, type.length() - 1))
                    .forEach((name, value) ->
                            nullable.put(name, name.equals("type") ? List.of(String.valueOf(value), "null") : value));
            return nullable.map();
        }
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
            case "time" -> scalar("string", "date-time");
            case "binary" -> scalar("string", "binary");
            case "integer" -> scalar("integer", "int64");
            case "number" -> scalar("number", "double");
            case "count" ->
                Json.fields()
                        .put("type", "integer")
                        .put("format", "int32")
                        .put("minimum", 1L)
                        .map();
            case "object" ->
                Json.fields()
                        .put("type", "object")
                        .keep("additionalProperties", Map.of())
                        .map();
            case "string", "boolean" -> Json.fields().put("type", type).map();
            default -> Json.fields().put("$ref", "#/components/schemas/" + type).map();
        };
    }

    private static Map<String, @Nullable Object> scalar(String type, String format) {
        return Json.fields().put("type", type).put("format", format).map();
    }

    /** Returns whether a text is one type, so that the brackets around it belong together. */
    private static boolean balanced(String inner) {
        return inner.indexOf(']') < 0 || (inner.indexOf('[') >= 0 && inner.indexOf('[') < inner.indexOf(']'));
    }
}
