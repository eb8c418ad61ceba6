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
 * The subset of JSON Schema that tools need, with validation: objects with named properties, arrays, strings, enumerations,
 * numbers and booleans. Immutable.
 *
 * @param type type in JSON Schema; empty for any value
 * @param description description for the model; may be empty
 * @param properties properties of an object by name, in order
 * @param required names of the properties that must be present
 * @param items schema of the items of an array; null for any other type
 * @param choices allowed strings; empty for any
 * @param minimum smallest allowed integer; null for none
 * @param keywords further keywords, which clients see and {@link #problem} does not check
 */
record Schema(
        String type,
        String description,
        Map<String, Schema> properties,
        List<String> required,
        @Nullable Schema items,
        List<String> choices,
        @Nullable Long minimum,
        Map<String, @Nullable Object> keywords) {

    /** Schema of tools without a structured result. */
    static final Schema NONE = new Schema("", "", Map.of(), List.of(), null, List.of(), null, Map.of());

    /** Schema of any value; for results only, since it cannot be validated. */
    static final Schema VALUE = NONE;

    /** Property of an object. */
    record Property(String name, Schema schema, boolean required) {}

    static Property required(String name, Schema schema) {
        return new Property(name, schema, true);
    }

    static Property optional(String name, Schema schema) {
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

    static Schema string(String description) {
        return plain("string", description);
    }

    static Schema enumeration(String description, String... choices) {
        return new Schema("string", description, Map.of(), List.of(), null, List.of(choices), null, Map.of());
    }

    static Schema integer(String description) {
        return new Schema("integer", description, Map.of(), List.of(), null, List.of(), 0L, Map.of());
    }

    static Schema number(String description) {
        return plain("number", description);
    }

    static Schema bool(String description) {
        return plain("boolean", description);
    }

    static Schema array(String description, Schema items) {
        return new Schema("array", description, Map.of(), List.of(), items, List.of(), null, Map.of());
    }

    /** Schema of an object with any properties. */
    static Schema anyObject(String description) {
        return plain("object", description);
    }

    /** Returns this schema with further keywords, which clients see and {@link #problem} does not check. */
    Schema with(Map<String, ? extends @Nullable Object> others) {
        return new Schema(type, description, properties, required, items, choices, minimum, Json.copyMap(others));
    }

    /** JSON form of the schema, for clients. */
    Map<String, @Nullable Object> toJson() {
        var json = Json.fields()
                .put("type", type.isEmpty() ? null : type)
                .put("description", description.isEmpty() ? null : description);
        if (!properties.isEmpty() || (type.equals("object") && description.isEmpty())) {
            var fields = Json.fields();
            properties.forEach((name, schema) -> fields.keep(name, schema.toJson()));
            json.keep("properties", fields.map());
        }
        keywords.forEach(json::keep);
        return json.put("required", required)
                .put("items", items == null ? null : items.toJson())
                .put("enum", choices)
                .put("minimum", minimum)
                .map();
    }

    /**
     * Validates a value.
     *
     * @param path path of the value, for the description
     * @param value JSON tree; null is the JSON value null
     * @return description of the first violation with its path, the actual and the expected value; empty if it is valid
     */
    Optional<String> problem(String path, @Nullable Object value) {
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
            return Optional.of("%s must be %s, and is %s".formatted(path, article(type), JsonObject.kind(value)));
        }
        return switch (value) {
            case Map<?, ?> map -> problemOf(path, map);
            case List<?> list -> problemOf(path, list);
            case String text
            when !choices.isEmpty() && !choices.contains(text) ->
                Optional.of(
                        "%s is %s; it must be one of %s".formatted(path, Json.write(text), String.join(", ", choices)));
            case Long number
            when minimum != null && number < minimum ->
                Optional.of("%s is %d; it must be at minimum %d".formatted(path, number, minimum));
            case null, default -> Optional.empty();
        };
    }

    private Optional<String> problemOf(String path, Map<?, ?> map) {
        if (properties.isEmpty() && !description.isEmpty()) {
            return Optional.empty();
        }
        for (String name : required) {
            if (map.get(name) == null) {
                return Optional.of("%s lacks \"%s\", %s"
                        .formatted(path, name, article(schemaOf(name).type())));
            }
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = String.valueOf(entry.getKey());
            Schema schema = properties.get(name);
            if (schema != null && entry.getValue() != null) {
                Optional<String> problem = schema.problem(path + "." + name, entry.getValue());
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

    private Optional<String> problemOf(String path, List<?> list) {
        if (items == null) {
            return Optional.empty();
        }
        for (int i = 0; i < list.size(); i++) {
            Optional<String> problem = items.problem(path + "[" + i + "]", list.get(i));
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
