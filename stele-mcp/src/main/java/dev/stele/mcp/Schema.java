package dev.stele.mcp;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema of the small kind that tools need, and its check: objects with named properties, lists, texts, numbers, and choices.
 * Immutable.
 *
 * @param type as JSON Schema names it
 * @param properties of an object
 * @param required names of properties
 * @param items of a list
 * @param choices of a text, empty for any
 * @param least smallest number
 * @param more keywords that are told to clients and not checked here
 */
record Schema(
        String type,
        String description,
        Map<String, Schema> properties,
        List<String> required,
        @Nullable Schema items,
        List<String> choices,
        @Nullable Long least,
        Map<String, @Nullable Object> more) {

    /** Says nothing: of answers that have no structured part. */
    static final Schema NONE = new Schema("", "", Map.of(), List.of(), null, List.of(), null, Map.of());

    /** Any value at all; told to clients and never checked. */
    static final Schema VALUE = NONE;

    /** A property of an object. */
    record Property(String name, Schema schema, boolean required) {}

    static Property must(String name, Schema schema) {
        return new Property(name, schema, true);
    }

    static Property may(String name, Schema schema) {
        return new Property(name, schema, false);
    }

    static Schema object(Property... properties) {
        var schemas = new LinkedHashMap<String, Schema>();
        Arrays.stream(properties).forEach(property -> schemas.put(property.name(), property.schema()));
        return new Schema(
                "object",
                "",
                schemas,
                Arrays.stream(properties)
                        .filter(Property::required)
                        .map(Property::name)
                        .toList(),
                null,
                List.of(),
                null,
                Map.of());
    }

    private static Schema plain(String type, String description) {
        return new Schema(type, description, Map.of(), List.of(), null, List.of(), null, Map.of());
    }

    static Schema text(String description) {
        return plain("string", description);
    }

    static Schema choice(String description, String... choices) {
        return new Schema("string", description, Map.of(), List.of(), null, List.of(choices), null, Map.of());
    }

    static Schema whole(String description) {
        return new Schema("integer", description, Map.of(), List.of(), null, List.of(), 0L, Map.of());
    }

    static Schema number(String description) {
        return plain("number", description);
    }

    static Schema flag(String description) {
        return plain("boolean", description);
    }

    static Schema list(String description, Schema items) {
        return new Schema("array", description, Map.of(), List.of(), items, List.of(), null, Map.of());
    }

    /** An object of which nothing more is said. */
    static Schema any(String description) {
        return plain("object", description);
    }

    /** The same with keywords that are told to clients and not checked here. */
    Schema with(Map<String, ? extends @Nullable Object> keywords) {
        return new Schema(type, description, properties, required, items, choices, least, Json.copyMap(keywords));
    }

    Map<String, @Nullable Object> toJson() {
        var json = Json.fields()
                .put("type", type.isEmpty() ? null : type)
                .put("description", description.isEmpty() ? null : description);
        if (!properties.isEmpty() || (type.equals("object") && description.isEmpty())) {
            var fields = Json.fields();
            properties.forEach((name, schema) -> fields.keep(name, schema.toJson()));
            json.keep("properties", fields.map());
        }
        more.forEach(json::keep);
        return json.put("required", required)
                .put("items", items == null ? null : items.toJson())
                .put("enum", choices)
                .put("minimum", least)
                .map();
    }

    /** What is wrong with a value, if anything: where, what stands there, and what belongs there. */
    Optional<String> problem(String where, @Nullable Object value) {
        boolean fits = switch (type) {
            case "object" -> value instanceof Map<?, ?>;
            case "array" -> value instanceof List<?>;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            default -> throw new IllegalStateException("no check for " + type);
        };
        if (!fits) {
            return Optional.of("%s must be %s, and is %s".formatted(where, article(type), JsonObject.kind(value)));
        }
        return switch (value) {
            case Map<?, ?> map -> problemOf(where, map);
            case List<?> list -> problemOf(where, list);
            case String text
            when !choices.isEmpty() && !choices.contains(text) ->
                Optional.of("%s is %s; it must be one of %s"
                        .formatted(where, Json.write(text), String.join(", ", choices)));
            case Long number
            when least != null && number < least ->
                Optional.of("%s is %d; it must be at least %d".formatted(where, number, least));
            case null, default -> Optional.empty();
        };
    }

    private Optional<String> problemOf(String where, Map<?, ?> map) {
        if (properties.isEmpty() && !description.isEmpty()) {
            return Optional.empty();
        }
        for (String name : required) {
            if (map.get(name) == null) {
                return Optional.of("%s lacks \"%s\", %s"
                        .formatted(where, name, article(schemaOf(name).type())));
            }
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Schema schema = properties.get(name);
            if (schema != null && entry.getValue() != null) {
                Optional<String> problem = schema.problem(where + "." + name, entry.getValue());
                if (problem.isPresent()) {
                    return problem;
                }
            }
        }
        return Optional.empty();
    }

    private Schema schemaOf(String name) {
        Schema schema = properties.get(name);
        if (schema == null) {
            throw new IllegalStateException("no property " + name);
        }
        return schema;
    }

    private Optional<String> problemOf(String where, List<?> list) {
        if (items == null) {
            return Optional.empty();
        }
        for (int i = 0; i < list.size(); i++) {
            Optional<String> problem = items.problem(where + "[" + i + "]", list.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static String article(String type) {
        return switch (type) {
            case "object" -> "an object";
            case "array" -> "a list";
            case "string" -> "text";
            case "integer" -> "a whole number";
            case "number" -> "a number";
            default -> "true or false";
        };
    }
}
