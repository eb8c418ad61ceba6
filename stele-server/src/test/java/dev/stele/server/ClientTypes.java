package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
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

    /** Schemas of requests that the Java client sends. */
    private static final List<String> JAVA_REQUESTS = List.of(
            "Message",
            "Recall",
            "Context",
            "Note",
            "Graph",
            "GraphQuery",
            "Document",
            "Search",
            "Chat",
            "MemoryToolInput");

    /** Schemas of answers that the Java client receives. */
    private static final List<String> JAVA_ANSWERS = List.of(
            "StoredMessage",
            "MessageWithHistory",
            "MessagePage",
            "SessionPage",
            "RecallResult",
            "PromptContext",
            "RememberedNote",
            "StoredNote",
            "NoteWithHistory",
            "NotePage",
            "UserContext",
            "Connected",
            "QueryResult",
            "StoredDocument",
            "SearchResult",
            "ChatReply",
            "ChangePage",
            "Statistics",
            "Erased",
            "NamePage",
            "Readiness",
            "MemoryToolResult");

    /** Returns the class with the types of the Java client, not formatted. */
    static String java(JsonObject document) {
        Map<String, JsonObject> schemas = schemas(document);
        Set<String> requests = closure(schemas, JAVA_REQUESTS);
        Set<String> answers = closure(schemas, JAVA_ANSWERS);
        var text = new StringBuilder("""
                package dev.stele.client;

                import java.util.LinkedHashMap;
                import java.util.List;
                import java.util.Map;
                import java.util.Optional;
                import org.jspecify.annotations.Nullable;

                /**
                 * Types of the requests and answers, generated from the OpenAPI document of the server. Immutable. Names
                 * of values, such as roles and kinds, are texts, so that a client understands answers of newer servers.
                 *
                 * <p>ClientsTest of the module stele-server checks this file, and writes it with
                 * -Dstele.write-clients=true.
                 */
                public final class Types {

                    private Types() {}
                """);
        schemas.forEach((name, schema) -> {
            if ((requests.contains(name) || answers.contains(name))
                    && !fields(schema).isEmpty()) {
                text.append(javaRecord(schemas, name, schema, requests.contains(name), answers.contains(name)));
            }
        });
        return text.append("}\n").toString();
    }

    private static Set<String> closure(Map<String, JsonObject> schemas, List<String> roots) {
        var found = new TreeSet<String>();
        var pending = new ArrayDeque<String>(roots);
        while (!pending.isEmpty()) {
            String name = pending.removeFirst();
            if (found.add(name)) {
                Pattern.compile("#/components/schemas/(\\w+)")
                        .matcher(Json.write(schemas.get(name).raw()))
                        .results()
                        .forEach(match -> pending.add(match.group(1)));
            }
        }
        return found;
    }

    private static String javaRecord(
            Map<String, JsonObject> schemas, String name, JsonObject schema, boolean request, boolean answer) {
        Map<String, JavaField> fields = new LinkedHashMap<>();
        List<String> required = schema.strings("required");
        fields(schema)
                .forEach((field, type) -> fields.put(
                        field, JavaField.of(schemas, field, JsonObject.of("schema", type), required.contains(field))));
        var text = new StringBuilder("\n/**\n* Schema {@code %s} of the OpenAPI document.\n*\n".formatted(name));
        fields.forEach((field, type) -> text.append("* @param %s field {@code %s}%s\n"
                .formatted(type.name(), field, type.isOptional() ? "; empty if it is absent" : "")));
        text.append("*/\npublic record %s(%s)%s {\n"
                .formatted(
                        name,
                        fields.values().stream()
                                .map(field -> field.type() + " " + field.name())
                                .collect(Collectors.joining(", ")),
                        request ? " implements Body" : ""));
        if (answer) {
            text.append(
                    "\nstatic %s of(Object json) {\nMap<String, @Nullable Object> fields = Decode.fields(json);\nreturn new %s(%s);\n}\n"
                            .formatted(
                                    name,
                                    name,
                                    fields.entrySet().stream()
                                            .map(entry -> entry.getValue().decoded(entry.getKey()))
                                            .collect(Collectors.joining(", "))));
        }
        if (request) {
            text.append(
                    "\n@Override\npublic Map<String, @Nullable Object> toJson() {\nMap<String, @Nullable Object> fields = new LinkedHashMap<>();\n");
            fields.forEach((field, type) -> text.append(type.encoded(field)));
            text.append("return fields;\n}\n");
            text.append(javaBuilder(name, fields));
        }
        return text.append("}\n").toString();
    }

    private static String javaBuilder(String name, Map<String, JavaField> fields) {
        List<JavaField> required =
                fields.values().stream().filter(field -> !field.isOptional()).toList();
        List<JavaField> optional =
                fields.values().stream().filter(JavaField::isOptional).toList();
        String parameters = required.stream()
                .map(field -> field.type() + " " + field.name())
                .collect(Collectors.joining(", "));
        String arguments = required.stream().map(JavaField::name).collect(Collectors.joining(", "));
        var text = new StringBuilder();
        text.append(
                "\n/** Returns a builder with the fields that are required. */\npublic static %s.Builder builder(%s) {\nreturn new %s.Builder(%s);\n}\n"
                        .formatted(name, parameters, name, arguments));
        text.append(
                "\n/** Builder, which leaves out all fields that are not set. Not thread-safe. */\npublic static final class Builder {\n");
        required.forEach(field -> text.append("private final %s %s;\n".formatted(field.type(), field.name())));
        optional.forEach(
                field -> text.append("private %s %s = %s;\n".formatted(field.type(), field.name(), field.absent())));
        text.append("\nprivate Builder(%s) {\n".formatted(parameters));
        required.forEach(field -> text.append("this.%s = %s;\n".formatted(field.name(), field.name())));
        text.append("}\n");
        optional.forEach(field -> text.append(
                "\n/** Sets the field {@code %s}. */\npublic %s.Builder %s(%s value) {\n%s = %s;\nreturn this;\n}\n"
                        .formatted(
                                field.key(),
                                name,
                                field.name(),
                                field.plain(),
                                field.name(),
                                field.collection() ? "value" : "Optional.of(value)")));
        return text.append("\n/** Returns the value. */\npublic %s build() {\nreturn new %s(%s);\n}\n}\n"
                        .formatted(
                                name,
                                name,
                                fields.values().stream().map(JavaField::name).collect(Collectors.joining(", "))))
                .toString();
    }

    /**
     * Component of a record of the Java client.
     *
     * @param key name of the field in JSON
     * @param name name of the component
     * @param plain type of a value
     * @param decoder expression of a function that reads a value
     * @param optional whether the field may be absent
     */
    private record JavaField(String key, String name, String plain, String decoder, boolean optional) {

        static JavaField of(Map<String, JsonObject> schemas, String field, JsonObject schema, boolean required) {
            var name = new StringBuilder();
            for (String part : field.split("_", -1)) {
                name.append(name.isEmpty() ? part : part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1));
            }
            boolean absent = !required || types(schema).contains("null");
            return new JavaField(field, name.toString(), type(schemas, schema), decoder(schemas, schema), absent);
        }

        boolean collection() {
            return plain.startsWith("List<") || plain.startsWith("Map<");
        }

        boolean isOptional() {
            return optional;
        }

        String type() {
            return optional && !collection() ? "Optional<" + boxed(plain) + ">" : plain;
        }

        String absent() {
            return plain.startsWith("List<") ? "List.of()" : plain.startsWith("Map<") ? "Map.of()" : "Optional.empty()";
        }

        String decoded(String field) {
            String how = optional ? "optional" : "required";
            String value = "Decode.%s(fields, \"%s\", %s)".formatted(how, field, decoder);
            return optional && collection() ? value + ".orElse(" + absent() + ")" : value;
        }

        String encoded(String field) {
            if (!optional) {
                return "fields.put(\"%s\", %s);\n".formatted(field, name);
            }
            return collection()
                    ? "if (!%s.isEmpty()) {\nfields.put(\"%s\", %s);\n}\n".formatted(name, field, name)
                    : "%s.ifPresent(value -> fields.put(\"%s\", value));\n".formatted(name, field);
        }

        private static String boxed(String type) {
            return switch (type) {
                case "long" -> "Long";
                case "double" -> "Double";
                case "boolean" -> "Boolean";
                default -> type;
            };
        }

        /** Returns the name of the record of a reference; the schema itself if it has no fields of its own. */
        private static JsonObject resolved(Map<String, JsonObject> schemas, JsonObject schema) {
            if (!schema.has("$ref")) {
                return schema;
            }
            JsonObject target = schemas.get(reference(schema));
            return fields(target).isEmpty() ? resolved(schemas, target) : schema;
        }

        private static String type(Map<String, JsonObject> schemas, JsonObject given) {
            JsonObject schema = resolved(schemas, given);
            if (schema.has("$ref")) {
                return reference(schema);
            }
            List<String> types = types(schema);
            return switch (schema.has("oneOf") || types.isEmpty() ? "" : types.getFirst()) {
                case "array" ->
                    isAny(schemas, items(schema)) ? "List<?>" : "List<" + boxed(type(schemas, items(schema))) + ">";
                case "object" ->
                    schema.object("additionalProperties")
                            .filter(values -> !isAny(schemas, values))
                            .map(values -> "Map<String, " + boxed(type(schemas, values)) + ">")
                            .orElse("Map<String, ? extends @Nullable Object>");
                case "string" -> "String";
                case "integer" -> "long";
                case "number" -> "double";
                case "boolean" -> "boolean";
                default -> "Object";
            };
        }

        private static JsonObject items(JsonObject schema) {
            return schema.object("items").orElseThrow();
        }

        private static boolean isAny(Map<String, JsonObject> schemas, JsonObject schema) {
            return type(schemas, schema).equals("Object");
        }

        private static String decoder(Map<String, JsonObject> schemas, JsonObject given) {
            JsonObject schema = resolved(schemas, given);
            if (schema.has("$ref")) {
                return reference(schema) + "::of";
            }
            List<String> types = types(schema);
            return switch (schema.has("oneOf") || types.isEmpty() ? "" : types.getFirst()) {
                case "array" ->
                    isAny(schemas, items(schema))
                            ? "Decode::values"
                            : "Decode.list(" + decoder(schemas, items(schema)) + ")";
                case "object" ->
                    schema.object("additionalProperties")
                            .filter(values -> !isAny(schemas, values))
                            .map(values -> "Decode.map(" + decoder(schemas, values) + ")")
                            .orElse("Decode::fields");
                case "string" -> "Decode::string";
                case "integer" -> "Decode::integer";
                case "number" -> "Decode::number";
                case "boolean" -> "Decode::flag";
                default -> "Decode::any";
            };
        }
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
