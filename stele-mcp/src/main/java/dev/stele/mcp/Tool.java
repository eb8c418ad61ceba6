package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client may call. Immutable.
 *
 * @param effect what it does to a memory
 * @param input what it takes
 * @param output what the structured part of its answer looks like
 * @param heavy whether what a call is given can make it take long; such calls run few at once
 */
record Tool(
        String name,
        String title,
        String description,
        Effect effect,
        Schema input,
        Schema output,
        Body body,
        boolean heavy) {

    Tool(String name, String title, String description, Effect effect, Schema input, Schema output, Body body) {
        this(name, title, description, effect, input, output, body, false);
    }

    /** The same tool, marked as one whose calls may take long by what they are given. */
    Tool ofLength() {
        return new Tool(name, title, description, effect, input, output, body, true);
    }

    /** What calling a tool changes; clients ask people before some and not before others. */
    enum Effect {
        READS(true, false, true),
        /** Adds something; again adds again. */
        ADDS(false, false, false),
        /** Sets something to what it then is, however often. */
        SETS(false, false, true),
        /** Takes something away. */
        REMOVES(false, true, true);

        private final boolean readOnly;
        private final boolean destructive;
        private final boolean idempotent;

        Effect(boolean readOnly, boolean destructive, boolean idempotent) {
            this.readOnly = readOnly;
            this.destructive = destructive;
            this.idempotent = idempotent;
        }

        boolean readOnly() {
            return readOnly;
        }
    }

    /** Does it, or throws. */
    interface Body {
        ToolResult call(ToolCall call) throws Exception;
    }

    Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("name", name)
                .put("title", title)
                .put("description", description)
                .put("inputSchema", input.toJson())
                .put("outputSchema", output.type().isEmpty() ? null : output.toJson())
                .put(
                        "annotations",
                        Json.fields()
                                .put("title", title)
                                .put("readOnlyHint", effect.readOnly)
                                .put("destructiveHint", effect.destructive)
                                .put("idempotentHint", effect.idempotent)
                                .put("openWorldHint", false)
                                .map())
                .map();
    }
}
