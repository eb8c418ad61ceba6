package dev.stele.server.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Check of answers against an OpenAPI document, including that an answer has no field that the document does not name.
 */
public final class Contract {

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

    /**
     * Asserts that an answer is one that the document describes. Paths without a route and empty bodies are not
     * checked.
     */
    public void check(String method, String path, Http.Answer answer) {
        String type = answer.headers().firstValue("Content-Type").orElse("");
        Optional<JsonObject> operation = operation(method, path.replaceAll("[?#].*", ""));
        if (operation.isEmpty()) {
            return;
        }
        JsonObject responses = operation.get().object("responses").orElseThrow();
        String what = method + " " + path + " " + answer.status();
        Optional<JsonObject> response = responses.object(String.valueOf(answer.status()));
        if (response.isEmpty() || type.startsWith("application/problem+json")) {
            assertThat(answer.status()).as("%s is not described", what).isGreaterThanOrEqualTo(400);
            response = responses.object("default");
        }
        if (answer.body().isEmpty() || !type.contains("json") || type.contains("ndjson")) {
            return;
        }
        JsonObject content = response.orElseThrow().object("content").orElseThrow();
        String mediaType = type.replaceAll(";.*", "").strip();
        if (content.has("*/*")) {
            return;
        }
        var problems = new ArrayList<String>();
        validate(content.object(mediaType).orElseThrow().raw("schema"), Json.read(answer.body()), "$", problems);
        assertThat(problems).as("%s: %s", what, answer.body()).isEmpty();
    }

    private Optional<JsonObject> operation(String method, String path) {
        String[] segments = path.split("/", -1);
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

    private void validate(Object schemaTree, Object value, String path, List<String> problems) {
        JsonObject schema = JsonObject.of("schema", schemaTree);
        if (schema.has("$ref")) {
            validate(schemas.get(schema.string("$ref").replaceAll(".*/", "")), value, path, problems);
            return;
        }
        if (schema.has("oneOf")) {
            boolean any = schema.list("oneOf").stream().anyMatch(choice -> {
                var others = new ArrayList<String>();
                validate(choice, value, path, others);
                return others.isEmpty();
            });
            if (!any) {
                problems.add(path + " is of no type of " + schema.list("oneOf"));
            }
            return;
        }
        if (!schema.has("type")) {
            return;
        }
        boolean fits = switch (schema.string("type")) {
            case "object" -> value instanceof Map<?, ?>;
            case "array" -> value instanceof List<?>;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "number" -> value instanceof Number;
            default -> value instanceof Boolean;
        };
        if (!fits) {
            problems.add(path + " is no " + schema.string("type") + ": " + Json.write(value));
            return;
        }
        switch (value) {
            case Map<?, ?> map -> validateFields(schema, map, path, problems);
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    validate(schema.raw("items"), list.get(i), path + "[" + i + "]", problems);
                }
            }
            case String text -> {
                if (schema.has("enum") && !schema.list("enum").contains(text)) {
                    problems.add(path + " is " + text + " and none of " + schema.list("enum"));
                }
                if (schema.has("format")) {
                    try {
                        Instant.parse(text);
                    } catch (DateTimeParseException e) {
                        problems.add(path + " is no time: " + text);
                    }
                }
            }
            default -> {}
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
