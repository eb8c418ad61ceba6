package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import java.util.Optional;
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
 * @param tasks whether a call runs as a task if its client accepts tasks
 * @param administrative whether only administrators may call the tool
 * @param preparation asks for the inputs that a call needs before it becomes a task, and returns nothing
 * @param view URI of the page that shows the results, for clients that show MCP Apps
 */
record Tool(
        String name,
        String title,
        String description,
        Effect effect,
        Schema input,
        Body body,
        boolean heavy,
        TaskSupport tasks,
        boolean administrative,
        Optional<Preparation> preparation,
        Optional<String> view) {

    Tool(String name, String title, String description, Effect effect, Schema input, Body body) {
        this(
                name,
                title,
                description,
                effect,
                input,
                body,
                false,
                TaskSupport.NEVER,
                false,
                Optional.empty(),
                Optional.empty());
    }

    /** Returns this tool, marked as heavy. */
    Tool asHeavy() {
        return new Tool(name, title, description, effect, input, body, true, tasks, administrative, preparation, view);
    }

    /** Returns this tool, to be called by administrators only. */
    Tool forAdministrators() {
        return new Tool(name, title, description, effect, input, body, heavy, tasks, true, preparation, view);
    }

    /** Returns this tool with another use of tasks. */
    Tool withTasks(TaskSupport support) {
        return new Tool(
                name, title, description, effect, input, body, heavy, support, administrative, preparation, view);
    }

    /** Returns this tool with a step that asks for inputs before a call becomes a task. */
    Tool withPreparation(Preparation step) {
        return new Tool(
                name, title, description, effect, input, body, heavy, tasks, administrative, Optional.of(step), view);
    }

    /** Returns this tool with a page that shows its results. */
    Tool withView(String uri) {
        return new Tool(
                name,
                title,
                description,
                effect,
                input,
                body,
                heavy,
                tasks,
                administrative,
                preparation,
                Optional.of(uri));
    }

    /** Use of tasks by the calls of a tool. */
    enum TaskSupport {
        /** Calls are answered with their result. */
        NEVER,
        /** Calls run as tasks for clients that accept tasks, as long as there is room for one. */
        IF_ACCEPTED,
        /** Calls run as tasks only; a client that does not accept tasks is refused. */
        ALWAYS
    }

    /** Step that asks the client for inputs. */
    interface Preparation {
        /** Asks by {@link ToolCall#ask}; the body of the tool asks for the same inputs again and has them then. */
        void prepare(ToolCall call);
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
                .put(
                        "_meta",
                        view.map(uri -> Map.of("ui", Map.of("resourceUri", uri)))
                                .orElse(null))
                .map();
    }
}
