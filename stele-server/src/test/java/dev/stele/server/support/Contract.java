package dev.stele.server.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Check of answers against an OpenAPI document: status, media type, headers and the whole body, including that an answer
 * has no field that the document does not name. Events of streams and frames of WebSockets are answers, too.
 */
public final class Contract {

    /** Statuses of refusals by the server as a whole, which come before a route is known. */
    private static final Set<Integer> OF_THE_SERVER = Set.of(405, 408, 414, 421, 431);

    /** Headers whose presence an operation describes. */
    private static final List<String> HEADERS = List.of("ETag", "Location", "Retry-After");

    private final JsonObject document;
    private final Map<String, ?> schemas;

    public Contract(JsonObject document) {
        this.document = document;
        this.schemas = document.object("components")
                .orElseThrow()
                .object("schemas")
                .orElseThrow()
                .raw();
    }

    /** Returns the whole document. */
    public JsonObject document() {
        return document;
    }

    /** Returns the operation that answers a request; empty if there is none. */
    public Optional<JsonObject> operation(String method, String target) {
        String[] segments = target.replaceAll("[?#].*", "").split("/", -1);
        Optional<JsonObject> found = Optional.empty();
        int literals = -1;
        for (var entry : document.object("paths").orElseThrow().raw().entrySet()) {
            String[] template = entry.getKey().split("/", -1);
            JsonObject operations = JsonObject.of("path", entry.getValue());
            if (template.length != segments.length || !operations.has(method.toLowerCase(Locale.ROOT))) {
                continue;
            }
            int equal = 0;
            boolean matches = true;
            for (int i = 0; i < template.length && matches; i++) {
                boolean same = template[i].equals(segments[i]);
                matches = same || template[i].startsWith("{");
                equal += same ? 1 : 0;
            }
            if (matches && equal > literals) {
                literals = equal;
                found = operations.object(method.toLowerCase(Locale.ROOT));
            }
        }
        return found;
    }

    /**
     * Asserts that an answer is one that the document describes. Paths without an operation are not checked.
     *
     * @param target path and query as they were sent
     */
    public void check(String method, String target, Http.Answer answer) {
        Optional<JsonObject> operation = operation(method, target);
        if (operation.isEmpty()) {
            return;
        }
        String what = method + " " + target + " " + answer.status();
        JsonObject response = response(operation.get(), answer.status(), what);
        JsonObject headers = response.object("headers").orElse(JsonObject.of("headers", Map.of()));
        for (String header : HEADERS) {
            if (answer.headers().firstValue(header).isPresent()) {
                assertThat(headers.has(header))
                        .as("%s describes its header %s", what, header)
                        .isTrue();
            }
        }
        Optional<JsonObject> content = response.object("content");
        if (answer.body().isEmpty()) {
            return;
        }
        String type = answer.headers()
                .firstValue("Content-Type")
                .orElse("none")
                .replaceAll(";.*", "")
                .strip();
        Optional<JsonObject> media = content.flatMap(types -> types.object(type).or(() -> types.object("*/*")));
        assertThat(media).as("%s describes the type %s", what, type).isPresent();
        var problems = new ArrayList<String>();
        if (type.equals("text/event-stream")) {
            checkEvents(media.get(), answer.body(), problems);
        } else if (type.endsWith("json") && !type.endsWith("ndjson")) {
            validate(media.get().raw("schema"), Json.read(answer.body()), "$", problems);
        }
        assertThat(problems).as("%s: %s", what, answer.body()).isEmpty();
    }

    private JsonObject response(JsonObject operation, int status, String what) {
        JsonObject responses = operation.object("responses").orElseThrow();
        Optional<JsonObject> response = responses.object(String.valueOf(status));
        if (response.isEmpty()) {
            assertThat(status >= 500 || OF_THE_SERVER.contains(status))
                    .as("%s is described", what)
                    .isTrue();
            response = responses.object("default");
        }
        JsonObject found = response.orElseThrow();
        return found.has("$ref")
                ? document.object("components")
                        .flatMap(components -> components.object("responses"))
                        .flatMap(named -> named.object(name(found.string("$ref"))))
                        .orElseThrow()
                : found;
    }

    /** Checks each event of a stream against the schema of the stream. */
    private void checkEvents(JsonObject media, String stream, List<String> problems) {
        for (String block : stream.split("\n\n", -1)) {
            var event = Json.fields();
            Optional<String> data = Optional.empty();
            for (String line : block.split("\n", -1)) {
                if (line.startsWith("event: ") || line.startsWith("id: ")) {
                    String[] parts = line.split(": ", 2);
                    event.put(parts[0], parts[1]);
                } else if (line.startsWith("data: ")) {
                    data = Optional.of(line.substring(6));
                }
            }
            if (data.filter(text -> !text.isEmpty()).isPresent()) {
                Map<String, Object> whole = new LinkedHashMap<>(event.map());
                whole.putIfAbsent("event", "message");
                whole.put("data", Json.read(data.get()));
                validate(media.raw("schema"), whole, "$", problems);
            }
        }
    }

    /** Returns in what a frame of the chat WebSocket differs from those that the document says the server sends. */
    public List<String> problemsOfReceivedFrame(Map<String, ?> frame) {
        return problemsOfFrame("receives", frame);
    }

    /** Returns in what a frame of the chat WebSocket differs from those that the document says a client sends. */
    public List<String> problemsOfSentFrame(Map<String, ?> frame) {
        return problemsOfFrame("sends", frame);
    }

    private List<String> problemsOfFrame(String direction, Map<String, ?> frame) {
        return problems(
                document.object("paths")
                        .flatMap(paths -> paths.object("/v1/agents/{agent}/chat"))
                        .flatMap(path -> path.object("x-websocket"))
                        .flatMap(socket -> socket.object(direction))
                        .orElseThrow()
                        .raw(),
                frame);
    }

    /** Returns in what a value differs from the schema that a tree describes. */
    public List<String> problems(Map<String, ?> schema, Object value) {
        var problems = new ArrayList<String>();
        validate(schema, value, "$", problems);
        return problems;
    }

    private static String name(String reference) {
        return reference.substring(reference.lastIndexOf('/') + 1);
    }

    private void validate(Object schemaTree, Object value, String path, List<String> problems) {
        JsonObject schema = JsonObject.of("schema", schemaTree);
        if (schema.has("$ref")) {
            validate(schemas.get(name(schema.string("$ref"))), value, path, problems);
            return;
        }
        if (schema.has("oneOf")) {
            List<List<String>> choices = schema.list("oneOf").stream()
                    .map(choice -> {
                        List<String> others = new ArrayList<>();
                        validate(choice, value, path, others);
                        return others;
                    })
                    .toList();
            long fitting = choices.stream().filter(List::isEmpty).count();
            if (fitting != 1) {
                problems.add(path + " is of " + fitting + " types of " + choices);
            }
            return;
        }
        if (!schema.has("type")) {
            return;
        }
        List<String> types = schema.raw("type") instanceof String type ? List.of(type) : schema.strings("type");
        if (types.stream().noneMatch(type -> fits(type, value))) {
            problems.add(path + " is no " + types + ": " + Json.write(value));
            return;
        }
        switch (value) {
            case Map<?, ?> map -> validateFields(schema, map, path, problems);
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    validate(schema.raw("items"), list.get(i), path + "[" + i + "]", problems);
                }
            }
            case String text -> validateText(schema, text, path, problems);
            case Long number
            when schema.optionalLong("minimum").isPresent()
                    && number < schema.optionalLong("minimum").get() ->
                problems.add(path + " is " + number + ", too small");
            case null, default -> {}
        }
    }

    private static boolean fits(String type, Object value) {
        return switch (type) {
            case "object" -> value instanceof Map<?, ?>;
            case "array" -> value instanceof List<?>;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new AssertionError("no type " + type);
        };
    }

    private static void validateText(JsonObject schema, String text, String path, List<String> problems) {
        if (schema.has("enum") && !schema.list("enum").contains(text)) {
            problems.add(path + " is " + text + " and none of " + schema.list("enum"));
        }
        if (schema.optionalString("format").filter("date-time"::equals).isPresent()) {
            try {
                Instant.parse(text);
            } catch (DateTimeParseException e) {
                problems.add(path + " is no time: " + text);
            }
        }
    }

    private void validateFields(JsonObject schema, Map<?, ?> map, String path, List<String> problems) {
        Optional<JsonObject> properties = schema.object("properties");
        if (properties.isPresent()) {
            schema.strings("required").stream()
                    .filter(name -> !map.containsKey(name))
                    .forEach(name -> problems.add(path + " lacks " + name));
        }
        map.forEach((name, field) -> {
            String at = path + "." + name;
            if (properties.isPresent()) {
                if (properties.get().has(String.valueOf(name))) {
                    validate(properties.get().raw(String.valueOf(name)), field, at, problems);
                } else {
                    problems.add(at + " is not described");
                }
            } else if (schema.raw("additionalProperties") instanceof Map<?, ?> values) {
                validate(values, field, at, problems);
            }
        });
    }
}
