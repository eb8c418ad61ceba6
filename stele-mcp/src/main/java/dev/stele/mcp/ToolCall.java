package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool.
 *
 * @param request request of the client
 * @param arguments arguments, checked against the schema of the tool
 * @param input source of inputs that only the client has
 * @param task task as which the call runs; null if the client waits for the result
 */
record ToolCall(
        Request request,
        JsonObject arguments,
        ClientInput input,
        @Nullable McpTask task) {

    McpSession session() {
        return request.session();
    }

    AgentMemory memory() {
        return session().memory();
    }

    /** Returns whether the client can answer a request of {@link #ask}. */
    boolean canAsk(InputRequest question) {
        return request.meta().supports(question.capability());
    }

    /**
     * Asks the client for inputs, such as an answer of its user, and returns them. The call may end here and run again
     * from its start when the client has answered, so a tool asks before it changes anything.
     *
     * @param questions requests to the client by key; a key names the same request in each run of a call
     * @return the result of each request, by key
     * @throws RpcError if the client did not declare the capability for a request, refuses, or does not answer in time
     */
    Map<String, JsonObject> ask(Map<String, InputRequest> questions) {
        questions.values().forEach(question -> {
            if (!canAsk(question)) {
                throw RpcError.missingCapability(
                        question.method(),
                        Json.fields().keep(question.capability(), Map.of()).map());
            }
        });
        return input.ask(questions);
    }

    /**
     * Reports progress to a client that asked for it, and as the status of a task.
     *
     * @param done amount that is done, in the unit of {@code total}
     * @param total whole amount
     * @param message description of the current step
     */
    void progress(double done, double total, String message) {
        if (task != null) {
            task.describe(message);
        } else if (request.meta().progressToken() != null) {
            request.out()
                    .send(JsonRpc.notification(
                            "notifications/progress",
                            Json.fields()
                                    .put("progressToken", request.meta().progressToken())
                                    .put("progress", done)
                                    .put("total", total)
                                    .put("message", message)
                                    .map()));
        }
    }

    /** Sends a log message to a client that waits for the result and asked for messages of the level. */
    void log(LogLevel level, String text) {
        if (task == null) {
            request.log(level, text);
        }
    }

    /** Returns whether the argument {@code detail} asks for all fields. */
    boolean isFull() {
        return arguments.optionalString("detail").filter("full"::equals).isPresent();
    }

    /** Arguments as a JSON tree. */
    Map<String, @Nullable Object> raw() {
        return arguments.raw();
    }
}
