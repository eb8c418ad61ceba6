package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Generator of the types of the clients from the schemas of the OpenAPI document. Stateless. */
final class ClientTypes {

    /** Keywords of Python, which cannot be names of fields in the syntax of a class. */
    private static final Set<String> KEYWORDS = Set.of("from", "with", "in", "is", "as", "class", "not", "or", "and");

    private ClientTypes() {}

    /** Returns the module with the types of the Python client. */
    static String python(JsonObject document) {
        var text = new StringBuilder("""
                \"""Types of the requests and answers, generated from the OpenAPI document of the server.

                ClientsTest of the module stele-server checks this file, and writes it with -Dstele.write-clients=true.
                \"""

                from __future__ import annotations

                from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
                """);
        schemas(document).forEach((name, schema) -> {
            Map<String, @Nullable Object> fields = fields(schema);
            Set<String> required = Set.copyOf(schema.strings("required"));
            if (fields.isEmpty()) {
                text.append("\n\n%s: TypeAlias = \"%s\"\n"
                        .formatted(name, pythonType(schema).replace('"', '\'')));
            } else if (fields.keySet().stream().anyMatch(KEYWORDS::contains)) {
                text.append("\n\n%s = TypedDict(\n    \"%s\",\n    {\n".formatted(name, name));
                fields.forEach((field, type) -> text.append("        \"%s\": \"%s\",\n"
                        .formatted(field, python(type, required.contains(field)).replace('"', '\''))));
                text.append("    },\n)\n");
            } else {
                text.append("\n\nclass %s(TypedDict):\n".formatted(name));
                fields.forEach((field, type) ->
                        text.append("    %s: %s\n".formatted(field, python(type, required.contains(field)))));
            }
        });
        return text.toString();
    }

    private static String python(@Nullable Object type, boolean required) {
        String name = pythonType(JsonObject.of("schema", type));
        return required ? name : "NotRequired[" + name + "]";
    }

    private static String pythonType(JsonObject schema) {
        if (schema.has("$ref")) {
            return reference(schema);
        }
        if (schema.has("oneOf")) {
            return schema.objects("oneOf").stream()
                    .map(ClientTypes::pythonType)
                    .distinct()
                    .collect(Collectors.joining(" | "));
        }
        if (schema.has("enum")) {
            return schema.strings("enum").stream()
                    .map(value -> "\"" + value + "\"")
                    .collect(Collectors.joining(", ", "Literal[", "]"));
        }
        List<String> types = types(schema);
        return pythonType(schema, types) + (types.contains("null") ? " | None" : "");
    }

    private static String pythonType(JsonObject schema, List<String> types) {
        return switch (types.isEmpty() ? "" : types.getFirst()) {
            case "array" -> "list[" + pythonType(schema.object("items").orElseThrow()) + "]";
            case "object" ->
                schema.object("additionalProperties")
                        .map(values -> "dict[str, " + pythonType(values) + "]")
                        .orElse("dict[str, Any]");
            case "string" -> "str";
            case "integer" -> "int";
            case "number" -> "float";
            case "boolean" -> "bool";
            default -> "Any";
        };
    }

    /** Returns the declarations of the types of the TypeScript client. */
    static String typeScript(JsonObject document) {
        var text = new StringBuilder("""
                // Types of the requests and answers, generated from the OpenAPI document of the server.
                // ClientsTest of the module stele-server checks this file, and writes it with -Dstele.write-clients=true.
                """);
        schemas(document).forEach((name, schema) -> {
            Map<String, @Nullable Object> fields = fields(schema);
            if (fields.isEmpty()) {
                text.append("\nexport type %s = %s;\n".formatted(name, typeScriptType(schema)));
                return;
            }
            List<String> required = schema.strings("required");
            text.append("\nexport interface %s {\n".formatted(name));
            fields.forEach((field, type) -> text.append("  %s%s: %s;\n"
                    .formatted(
                            field,
                            required.contains(field) ? "" : "?",
                            typeScriptType(JsonObject.of("schema", type)))));
            text.append("}\n");
        });
        return text.toString();
    }

    private static String typeScriptType(JsonObject schema) {
        if (schema.has("$ref")) {
            return reference(schema);
        }
        if (schema.has("oneOf")) {
            return schema.objects("oneOf").stream()
                    .map(ClientTypes::typeScriptType)
                    .collect(Collectors.joining(" | "));
        }
        if (schema.has("enum")) {
            return schema.strings("enum").stream().map(Json::write).collect(Collectors.joining(" | "));
        }
        List<String> types = types(schema);
        return typeScriptType(schema, types) + (types.contains("null") ? " | null" : "");
    }

    private static String typeScriptType(JsonObject schema, List<String> types) {
        return switch (types.isEmpty() ? "" : types.getFirst()) {
            case "array" -> "Array<" + typeScriptType(schema.object("items").orElseThrow()) + ">";
            case "object" -> {
                if (schema.has("properties")) {
                    List<String> required = schema.strings("required");
                    yield fields(schema).entrySet().stream()
                            .map(field -> field.getKey()
                                    + (required.contains(field.getKey()) ? "" : "?") + ": "
                                    + typeScriptType(JsonObject.of("schema", field.getValue())))
                            .collect(Collectors.joining("; ", "{ ", " }"));
                }
                yield "Record<string, "
                        + schema.object("additionalProperties")
                                .map(ClientTypes::typeScriptType)
                                .orElse("any") + ">";
            }
            case "string" -> "string";
            case "integer", "number" -> "number";
            case "boolean" -> "boolean";
            default -> "any";
        };
    }

    /** Returns the types of a schema, {@code null} last; none if a value may have any type. */
    private static List<String> types(JsonObject schema) {
        return switch (schema.raw("type")) {
            case null -> List.of();
            case String type -> List.of(type);
            default -> schema.strings("type");
        };
    }

    private static Map<String, JsonObject> schemas(JsonObject document) {
        return document.object("components")
                .orElseThrow()
                .mapOf("schemas", "a schema", schema -> JsonObject.of("schema", schema));
    }

    private static Map<String, @Nullable Object> fields(JsonObject schema) {
        return schema.map("properties");
    }

    private static String reference(JsonObject schema) {
        return new ArrayList<>(List.of(schema.string("$ref").split("/", -1))).getLast();
    }
}
