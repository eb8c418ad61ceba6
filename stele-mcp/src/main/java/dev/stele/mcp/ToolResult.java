package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of a call of a tool. A JSON tree is one text, in compact form: a client passes texts to its model, and a
 * second copy as structured content would cost the model the same tokens again. Immutable.
 *
 * @param content parts in the form of the protocol, such as texts
 * @param error whether the call failed; the content then tells the model why
 */
record ToolResult(List<Map<String, @Nullable Object>> content, boolean error) {

    /** Returns a result with a JSON tree, a list or an object. */
    static ToolResult of(Object tree) {
        return text(Json.write(tree), "");
    }

    /** Returns a result with a JSON tree and a hint for the model; an empty hint adds nothing. */
    static ToolResult of(Object tree, String hint) {
        return text(Json.write(tree), hint);
    }

    /** Returns a result with a text for the model. */
    static ToolResult ofText(String text) {
        return text(text, "");
    }

    private static ToolResult text(String text, String hint) {
        return new ToolResult(hint.isEmpty() ? List.of(text(text)) : List.of(text(text), text(hint)), false);
    }

    /** Length of all texts of the content, in UTF-16 chars. */
    long textLength() {
        return content.stream()
                .mapToLong(part -> part.get("text") instanceof String text ? text.length() : 0)
                .sum();
    }

    /** Returns the result of a failed call. */
    static ToolResult failed(String reason) {
        return new ToolResult(List.of(text(reason)), true);
    }

    /** Returns a content part with a text. */
    static Map<String, @Nullable Object> text(String text) {
        return Json.fields().keep("type", "text").keep("text", text).map();
    }

    /** Result of {@code tools/call}. */
    Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("content", content)
                .put("isError", error ? true : null)
                .map();
    }
}
