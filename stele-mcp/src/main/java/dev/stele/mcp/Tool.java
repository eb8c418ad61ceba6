package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tool that a client can call. Immutable.
 *
 * @param name unique name
 * @param title name for people
 * @param description purpose, for the model that chooses a tool
 * @param effect effect of a call on the memory
 * @param input schema of the arguments
 * @param body implementation
 * @param heavy whether the time of a call depends on its arguments; few such calls run at once
 */
record Tool(String name, String title, String description, Effect effect, Schema input, Body body, boolean heavy) {

    Tool(String name, String title, String description, Effect effect, Schema input, Body body) {
        this(name, title, description, effect, input, body, false);
    }

    /** Returns this tool, marked as heavy. */
    Tool asHeavy() {
        return new Tool(name, title, description, effect, input, body, true);
    }

    /** Effect of a call on the memory. Clients decide by it whether to ask a person first. */
    enum Effect {
        /** Changes nothing. */
        READ_ONLY(true, false, true),
        /** Adds items; a repeated call adds them again. */
        ADDITIVE(false, false, false),
        /** Sets values; a repeated call has no further effect. */
        IDEMPOTENT(false, false, true),
        /** Removes items. */
        DESTRUCTIVE(false, true, true);

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

    /** Implementation of a tool. */
    interface Body {
        /**
         * Runs one call.
         *
         * @param call session and arguments, checked against the schema
         * @return the result for the client
         * @throws Exception if the call fails; the message of a {@link dev.stele.model.SteleException} reaches the
         *     client
         */
        ToolResult call(ToolCall call) throws Exception;
    }

    /** Description of the tool in the result of {@code tools/list}. */
    Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("name", name)
                .put("title", title)
                .put("description", description)
                .put("inputSchema", input.toJson())
                .put(
                        "annotations",
                        Json.fields()
                                .put("readOnlyHint", effect.readOnly)
                                .put("destructiveHint", effect.destructive)
                                .put("idempotentHint", effect.idempotent)
                                .put("openWorldHint", false)
                                .map())
                .map();
    }
}
