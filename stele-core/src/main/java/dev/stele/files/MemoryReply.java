package dev.stele.files;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reply to one command of the memory tool. Immutable.
 *
 * @param content text for the model
 * @param error whether the command failed; it has changed nothing then, and the text says why
 */
public record MemoryReply(String content, boolean error) {

    static MemoryReply of(String content) {
        return new MemoryReply(content, false);
    }

    /** Returns the fields {@code content} and {@code is_error}, which a tool result of the Messages API takes. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields().keep("content", content).keep("is_error", error).map();
    }
}
