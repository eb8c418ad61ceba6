package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a tool answers: a text for the model, and the same as a tree for programs.
 *
 * @param content parts as the protocol has them, such as texts
 * @param structured a tree, or null for none
 * @param error whether it failed, for the model to read and try otherwise
 */
record ToolResult(
        List<Map<String, @Nullable Object>> content,
        @Nullable Map<String, @Nullable Object> structured,
        boolean error) {

    /** A tree, shown to the model as its text. */
    static ToolResult of(Map<String, @Nullable Object> tree) {
        return of(PrettyJson.write(tree), tree);
    }

    static ToolResult of(String text, Map<String, @Nullable Object> tree) {
        return new ToolResult(List.of(text(text)), tree, false);
    }

    /** Length of its texts together. */
    long textLength() {
        return content.stream()
                .mapToLong(part -> part.get("text") instanceof String text ? text.length() : 0)
                .sum();
    }

    static ToolResult failed(String why) {
        return new ToolResult(List.of(text(why)), null, true);
    }

    static Map<String, @Nullable Object> text(String text) {
        return Json.fields().keep("type", "text").keep("text", text).map();
    }

    Map<String, @Nullable Object> toJson() {
        var json = Json.fields().keep("content", content);
        if (structured != null) {
            json.keep("structuredContent", structured);
        }
        return json.put("isError", error ? true : null).map();
    }
}
