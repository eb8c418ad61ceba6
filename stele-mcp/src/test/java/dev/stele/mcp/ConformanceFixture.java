package dev.stele.mcp;

import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The tools, resources and prompts that the conformance suite asks every server to have, on our own server. */
public final class ConformanceFixture {

    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    private static final String SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAESsAACJWAAACABAAZGF0YQAAAAA=";

    private ConformanceFixture() {}

    public static McpServer server() {
        var tools = new ArrayList<>(tools());
        tools.addAll(ConformanceRounds.tools());
        tools.addAll(ConformanceTasks.tools());
        return new McpServer(
                tools, new FixtureResources(), new FixturePrompts(), Runners.plain(), TaskLimits.DEFAULT, _ -> {});
    }

    private static List<Tool> tools() {
        return List.of(
                tool("test_simple_text", call -> said("This is a simple text response for testing.")),
                tool("test_image_content", call -> content(image())),
                tool("test_audio_content", call -> content(audio())),
                tool(
                        "test_embedded_resource",
                        call -> content(embedded("test://embedded-resource", "This is an embedded resource content."))),
                tool(
                        "test_multiple_content_types",
                        call -> content(List.of(
                                ToolResult.text("Multiple content types test:"),
                                image(),
                                embedded("test://mixed-content-resource", "{\"test\":\"data\",\"value\":123}")))),
                tool("test_tool_with_logging", ConformanceFixture::logging),
                tool("test_tool_with_progress", ConformanceFixture::progress),
                tool(
                        "test_error_handling",
                        call -> ToolResult.failed("This tool intentionally returns an error for testing")),
                new Tool(
                        "test_sampling",
                        "Sampling",
                        "Asks the client's model",
                        Effect.READ_ONLY,
                        object(required("prompt", string("What to ask"))),
                        ConformanceFixture::sampling),
                new Tool(
                        "test_elicitation",
                        "Elicitation",
                        "Asks the client's user",
                        Effect.READ_ONLY,
                        object(required("message", string("What to ask"))),
                        call -> elicited(
                                call,
                                call.arguments().string("message"),
                                Map.of(
                                        "username", Map.of("type", "string", "description", "User's response"),
                                        "email", Map.of("type", "string", "description", "User's email address")))),
                tool("test_elicitation_sep1034_defaults", ConformanceFixture::defaults),
                tool("test_elicitation_sep1330_enums", ConformanceFixture::choices),
                tool("test_reconnection", ConformanceFixture::reconnection),
                new Tool(
                        "json_schema_2020_12_tool",
                        "Schema",
                        "Has a schema with keywords of 2020-12",
                        Effect.READ_ONLY,
                        object(
                                        Schema.optional("name", string("A name")),
                                        Schema.optional("contactMethod", Schema.enumeration("", "phone", "email")),
                                        Schema.optional("phone", string("A number")),
                                        Schema.optional("email", string("An address")),
                                        Schema.optional(
                                                "address",
                                                Schema.anyObject("An address").with(Map.of("$ref", "#/$defs/address"))))
                                .with(Map.of(
                                        "$schema",
                                        "https://json-schema.org/draft/2020-12/schema",
                                        "$defs",
                                        Map.of(
                                                "address",
                                                Map.of(
                                                        "$anchor",
                                                        "addressDef",
                                                        "type",
                                                        "object",
                                                        "properties",
                                                        Map.of(
                                                                "street", Map.of("type", "string"),
                                                                "city", Map.of("type", "string")))),
                                        "additionalProperties",
                                        false,
                                        "allOf",
                                        List.of(Map.of(
                                                "anyOf",
                                                List.of(
                                                        Map.of("required", List.of("phone")),
                                                        Map.of("required", List.of("email"))))),
                                        "if",
                                        Map.of(
                                                "properties",
                                                Map.of("contactMethod", Map.of("const", "phone")),
                                                "required",
                                                List.of("contactMethod")),
                                        "then",
                                        Map.of("required", List.of("phone")),
                                        "else",
                                        Map.of("required", List.of("email")))),
                        call -> said("ok")));
    }

    static Tool tool(String name, Tool.Body body) {
        return new Tool(name, name, "A tool of the conformance suite", Effect.READ_ONLY, object(), body);
    }

    static ToolResult said(String text) {
        return content(ToolResult.text(text));
    }

    private static ToolResult content(Map<String, @Nullable Object> part) {
        return content(List.of(part));
    }

    private static ToolResult content(List<Map<String, @Nullable Object>> parts) {
        return new ToolResult(parts, false);
    }

    private static Map<String, @Nullable Object> image() {
        return Json.fields()
                .put("type", "image")
                .put("data", PIXEL)
                .put("mimeType", "image/png")
                .map();
    }

    private static Map<String, @Nullable Object> audio() {
        return Json.fields()
                .put("type", "audio")
                .put("data", SILENCE)
                .put("mimeType", "audio/wav")
                .map();
    }

    static Map<String, @Nullable Object> embedded(String uri, String text) {
        return Json.fields()
                .put("type", "resource")
                .put(
                        "resource",
                        Json.fields()
                                .put("uri", uri)
                                .put("mimeType", "text/plain")
                                .put("text", text)
                                .map())
                .map();
    }

    private static ToolResult logging(ToolCall call) throws InterruptedException {
        call.log(LogLevel.INFO, "Tool execution started");
        Thread.sleep(50); // the suite asks for pauses between
        call.log(LogLevel.INFO, "Tool processing data");
        Thread.sleep(50);
        call.log(LogLevel.INFO, "Tool execution completed");
        return said("Tool with logging executed successfully");
    }

    private static ToolResult progress(ToolCall call) throws InterruptedException {
        for (int done : List.of(0, 50, 100)) {
            call.progress(done, 100, "Completed step " + done + " of 100");
            Thread.sleep(50);
        }
        return said("Tool with progress executed successfully");
    }

    static InputRequest question(String prompt) {
        return new InputRequest(
                "sampling/createMessage",
                Json.fields()
                        .put(
                                "messages",
                                List.of(Json.fields()
                                        .put("role", "user")
                                        .put("content", ToolResult.text(prompt))
                                        .map()))
                        .put("maxTokens", 100)
                        .map());
    }

    static JsonObject asked(ToolCall call, String key, InputRequest request) {
        return Objects.requireNonNull(call.ask(Map.of(key, request)).get(key));
    }

    private static ToolResult sampling(ToolCall call) {
        JsonObject answer = asked(call, "answer", question(call.arguments().string("prompt")));
        return said("LLM response: " + answer.map("content").get("text"));
    }

    private static ToolResult elicited(ToolCall call, String message, Map<String, ?> properties) {
        return elicited(call, "form", message, properties);
    }

    static ToolResult elicited(ToolCall call, String key, String message, Map<String, ?> properties) {
        JsonObject answer = asked(call, key, InputRequest.elicitation(message, properties));
        return said("Elicitation completed: action=%s, content=%s"
                .formatted(answer.string("action"), Json.write(answer.map("content"))));
    }

    private static ToolResult defaults(ToolCall call) {
        return elicited(
                call,
                "Please review",
                Map.of(
                        "name", Map.of("type", "string", "default", "John Doe"),
                        "age", Map.of("type", "integer", "default", 30),
                        "score", Map.of("type", "number", "default", 95.5),
                        "status",
                                Map.of(
                                        "type",
                                        "string",
                                        "enum",
                                        List.of("active", "inactive", "pending"),
                                        "default",
                                        "active"),
                        "verified", Map.of("type", "boolean", "default", true)));
    }

    private static ToolResult choices(ToolCall call) {
        List<Map<String, String>> titled = List.of(
                Map.of("const", "value1", "title", "First Option"),
                Map.of("const", "value2", "title", "Second Option"),
                Map.of("const", "value3", "title", "Third Option"));
        List<String> options = List.of("option1", "option2", "option3");
        return elicited(
                call,
                "Please choose",
                Map.of(
                        "untitledSingle", Map.of("type", "string", "enum", options),
                        "titledSingle", Map.of("type", "string", "oneOf", titled),
                        "legacyEnum",
                                Map.of(
                                        "type",
                                        "string",
                                        "enum",
                                        List.of("opt1", "opt2", "opt3"),
                                        "enumNames",
                                        List.of("Option One", "Option Two", "Option Three")),
                        "untitledMulti", Map.of("type", "array", "items", Map.of("type", "string", "enum", options)),
                        "titledMulti", Map.of("type", "array", "items", Map.of("anyOf", titled))));
    }

    private static ToolResult reconnection(ToolCall call) throws InterruptedException {
        call.request().out().disconnect();
        Thread.sleep(100); // until the client's connection is gone
        return said("Reconnection test completed successfully");
    }

    private static final class FixtureResources extends Resources {

        @Override
        Map<String, @Nullable Object> list(McpSession session) {
            return Json.fields()
                    .keep(
                            "resources",
                            List.of(
                                    one("test://static-text", "static-text", "text/plain"),
                                    one("test://static-binary", "static-binary", "image/png"),
                                    one("test://watched-resource", "watched-resource", "text/plain")))
                    .map();
        }

        private static Map<String, @Nullable Object> one(String uri, String name, String type) {
            return Json.fields()
                    .put("uri", uri)
                    .put("name", name)
                    .put("mimeType", type)
                    .map();
        }

        @Override
        Map<String, @Nullable Object> templates(McpSession session) {
            return Json.fields()
                    .keep(
                            "resourceTemplates",
                            List.of(Json.fields()
                                    .put("uriTemplate", "test://template/{id}/data")
                                    .put("name", "template")
                                    .put("mimeType", "application/json")
                                    .map()))
                    .map();
        }

        @Override
        Map<String, @Nullable Object> read(McpSession session, String uri) {
            var content = Json.fields().put("uri", uri);
            if (uri.equals("test://static-binary")) {
                content.put("mimeType", "image/png").put("blob", PIXEL);
            } else if (uri.startsWith("test://template/")) {
                String id = uri.split("/", -1)[3];
                content.put("mimeType", "application/json")
                        .put("text", Json.write(Map.of("id", id, "templateTest", true, "data", "Data for ID: " + id)));
            } else if (!uri.equals("test://static-text") && !uri.equals("test://watched-resource")) {
                throw new RpcError(RpcError.NO_RESOURCE, "There is no resource " + uri + ".");
            } else {
                content.put("mimeType", "text/plain").put("text", "This is the content of the static text resource.");
            }
            return Json.fields().keep("contents", List.of(content.map())).map();
        }
    }

    private static final class FixturePrompts extends Prompts {

        @Override
        Map<String, @Nullable Object> list() {
            return Json.fields()
                    .keep(
                            "prompts",
                            List.of(
                                    prompt("test_simple_prompt"),
                                    prompt("test_prompt_with_arguments", "arg1", "arg2"),
                                    prompt("test_prompt_with_embedded_resource", "resourceUri"),
                                    prompt("test_prompt_with_image"),
                                    prompt("test_input_required_result_prompt")))
                    .map();
        }

        private static Map<String, @Nullable Object> prompt(String name, String... arguments) {
            return Json.fields()
                    .put("name", name)
                    .put("description", "A prompt of the conformance suite")
                    .put(
                            "arguments",
                            List.of(arguments).stream()
                                    .map(argument -> argument(argument, "An argument", true))
                                    .toList())
                    .map();
        }

        @Override
        Map<String, @Nullable Object> get(
                McpSession session, String name, Map<String, @Nullable Object> arguments, ClientInput input) {
            return switch (name) {
                case "test_input_required_result_prompt" ->
                    message(
                            "",
                            "Context: "
                                    + input.ask(Map.of(
                                            "user_context",
                                            InputRequest.elicitation(
                                                    "What context should the prompt use?",
                                                    Map.of("context", Map.of("type", "string"))))));
                case "test_prompt_with_arguments" ->
                    message(
                            "",
                            "Prompt with arguments: arg1='%s', arg2='%s'"
                                    .formatted(arguments.get("arg1"), arguments.get("arg2")));
                case "test_prompt_with_embedded_resource" ->
                    messages(List.of(
                            embedded(
                                    String.valueOf(arguments.get("resourceUri")),
                                    "Embedded resource content for testing."),
                            ToolResult.text("Please process the embedded resource above.")));
                case "test_prompt_with_image" ->
                    messages(List.of(image(), ToolResult.text("Please analyze the image above.")));
                default -> message("", "This is a simple prompt for testing.");
            };
        }

        private static Map<String, @Nullable Object> messages(List<Map<String, @Nullable Object>> contents) {
            return Json.fields()
                    .keep(
                            "messages",
                            contents.stream()
                                    .map(content -> Json.fields()
                                            .put("role", "user")
                                            .put("content", content)
                                            .map())
                                    .toList())
                    .map();
        }
    }
}
