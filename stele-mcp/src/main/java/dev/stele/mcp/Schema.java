package dev.stele.mcp;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The subset of JSON Schema that tools need, with validation: objects with named properties, arrays, strings,
 * enumerations, numbers and booleans. An object with named properties has no others.
 *
 * <p>Models and clients send values in other forms than the schema says. {@link #accept} takes the forms whose meaning
 * is certain: null and an empty list for an optional property, a number as text, a whole number with a decimal point,
 * text for a boolean, and lists and objects as JSON text. Immutable.
 *
 * @param type type in JSON Schema; empty for any value
 * @param description description for the model; may be empty
 * @param properties properties of an object by name, in order
 * @param required names of the properties that must be present
 * @param items schema of the items of an array; null for any other type
 * @param choices allowed strings; empty for any
 * @param minimum smallest allowed integer; null for none
 * @param keywords further keywords, which clients see and {@link #accept} does not check
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

    /** Largest absolute value up to which a double represents every whole number. */
    private static final double MAX_EXACT_DOUBLE = 1L << 53;

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

    /** Schema of a whole number of at least 1. */
    static Schema integer(String description) {
        return integer(description, 1);
    }

    static Schema integer(String description, long minimum) {
        return new Schema("integer", description, Map.of(), List.of(), null, List.of(), minimum, Map.of());
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

    /** Returns this schema with further keywords, which clients see and {@link #accept} does not check. */
    Schema with(Map<String, ? extends @Nullable Object> others) {
        return new Schema(type, description, properties, required, items, choices, minimum, Json.copyMap(others));
    }

    /** Returns whether values of the schema can contain text that a client writes. */
    boolean takesText() {
        return switch (type) {
            case "integer", "number", "boolean" -> false;
            case "array" -> items == null || items.takesText();
            case "object" -> !isClosed() || properties.values().stream().anyMatch(Schema::takesText);
            default -> choices.isEmpty();
        };
    }

    /** JSON form of the schema, for clients. */
    Map<String, @Nullable Object> toJson() {
        var json = Json.fields()
                .put("type", type.isEmpty() ? null : type)
                .put("description", description.isEmpty() ? null : description);
        if (isClosed()) {
            var fields = Json.fields();
            properties.forEach((name, schema) -> fields.keep(name, schema.toJson()));
            json.keep("properties", fields.map()).keep("additionalProperties", false);
        }
        keywords.forEach(json::keep);
        return json.put("required", required)
                .put("items", items == null ? null : items.toJson())
                .put("enum", choices)
                .put("minimum", minimum)
                .map();
    }

    /** Returns whether the schema is that of an object without other properties than the named ones. */
    private boolean isClosed() {
        return type.equals("object") && (!properties.isEmpty() || description.isEmpty());
    }

    /**
     * Checks a value and brings it into the form of the schema.
     *
     * @param path path of the value, for the message
     * @param value JSON tree; null is the JSON value null
     * @return the value in the form of the schema
     * @throws InvalidInputException if the value is invalid; the message has the path, the actual and the expected
     *     value
     */
    Object accept(String path, @Nullable Object value) {
        Object converted = converted(value);
        boolean fits = switch (type) {
            case "object" -> converted instanceof Map<?, ?>;
            case "array" -> converted instanceof List<?>;
            case "string" -> converted instanceof String;
            case "integer" -> converted instanceof Long;
            case "number" -> converted instanceof Number;
            case "boolean" -> converted instanceof Boolean;
            default -> throw new IllegalStateException("no check for " + type);
        };
        if (!fits || converted == null) {
            throw new InvalidInputException(
                    "%s must be %s, and is %s.".formatted(path, article(type), JsonObject.kind(value)));
        }
        return switch (converted) {
            case Map<?, ?> map -> isClosed() ? acceptObject(path, map) : map;
            case List<?> list -> acceptList(path, list);
            case String text
            when !choices.isEmpty() && !choices.contains(text) ->
                throw new InvalidInputException("%s is %s; it must be one of %s."
                        .formatted(path, Json.write(text), String.join(", ", choices)));
            case Long number
            when minimum != null && number < minimum ->
                throw new InvalidInputException("%s is %d; it must be at least %d.".formatted(path, number, minimum));
            default -> converted;
        };
    }

    /** Returns a value in the type of the schema if its meaning is certain, otherwise the value itself. */
    private @Nullable Object converted(@Nullable Object value) {
        return switch (value) {
            case Double number
            when type.equals("integer") && number == Math.rint(number) && Math.abs(number) <= MAX_EXACT_DOUBLE ->
                number.longValue();
            case Long number when type.equals("string") -> number.toString();
            case String text -> fromText(text);
            case null, default -> value;
        };
    }

    private Object fromText(String text) {
        return switch (type) {
            case "integer", "number", "boolean", "object", "array" -> {
                Object parsed;
                try {
                    parsed = Json.read(type.equals("boolean") ? text.strip().toLowerCase(Locale.ROOT) : text.strip());
                } catch (InvalidInputException e) {
                    parsed = text;
                }
                if (isListOfTexts() && !(parsed instanceof List<?>)) {
                    yield List.of(text);
                }
                yield parsed == null || parsed instanceof String ? text : Objects.requireNonNull(converted(parsed));
            }
            default -> text;
        };
    }

    private boolean isListOfTexts() {
        return items != null && items.type.equals("string");
    }

    private Map<String, Object> acceptObject(String path, Map<?, ?> map) {
        var accepted = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> {
            String name = String.valueOf(key);
            Schema schema = properties.get(name);
            if (schema == null) {
                throw new InvalidInputException("%s has no \"%s\"; it takes %s."
                        .formatted(
                                path, name, properties.isEmpty() ? "nothing" : String.join(", ", properties.keySet())));
            }
            boolean unset =
                    value == null || (schema.type.equals("array") && value instanceof List<?> list && list.isEmpty());
            if (required.contains(name) ? value != null : !unset) {
                accepted.put(name, schema.accept(path + "." + name, value));
            }
        });
        for (String name : required) {
            if (!accepted.containsKey(name)) {
                throw new InvalidInputException("%s lacks \"%s\", %s."
                        .formatted(
                                path,
                                name,
                                article(Objects.requireNonNull(properties.get(name))
                                        .type())));
            }
        }
        return accepted;
    }

    private List<?> acceptList(String path, List<?> list) {
        if (items == null) {
            return list;
        }
        var accepted = new ArrayList<Object>(list.size());
        for (int i = 0; i < list.size(); i++) {
            accepted.add(items.accept(path + "[" + i + "]", list.get(i)));
        }
        return accepted;
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
