package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of a call of a tool: content for the model, and the same as a JSON tree for programs. Immutable.
 *
 * @param content parts in the form of the protocol, such as texts
 * @param structured JSON tree; null for none
 * @param error whether the call failed; the content then tells the model why
 */
record ToolResult(
        List<Map<String, @Nullable Object>> content,
        @Nullable Map<String, @Nullable Object> structured,
        boolean error) {

    /** Returns a result with a JSON tree, which the model sees as formatted JSON. */
    static ToolResult of(Map<String, @Nullable Object> tree) {
        return of(PrettyJson.write(tree), tree);
    }

    /** Returns a result with a text for the model and a JSON tree. */
    static ToolResult of(String text, Map<String, @Nullable Object> tree) {
        return new ToolResult(List.of(text(text)), tree, false);
    }

    /** Length of all texts of the content, in UTF-16 chars. */
    long textLength() {
        return content.stream()
                .mapToLong(part -> part.get("text") instanceof String text ? text.length() : 0)
                .sum();
    }

    /** Returns the result of a failed call. */
    static ToolResult failed(String reason) {
        return new ToolResult(List.of(text(reason)), null, true);
    }

    /** Returns a content part with a text. */
    static Map<String, @Nullable Object> text(String text) {
        return Json.fields().keep("type", "text").keep("text", text).map();
    }

    /** Result of {@code tools/call}. */
    Map<String, @Nullable Object> toJson() {
        var json = Json.fields().keep("content", content);
        if (structured != null) {
            json.keep("structuredContent", structured);
        }
        return json.put("isError", error ? true : null).map();
    }
}
