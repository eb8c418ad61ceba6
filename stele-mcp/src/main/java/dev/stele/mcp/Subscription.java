package dev.stele.mcp;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Open {@code subscriptions/listen} request: sends the notifications that its client asked for until the client cancels
 * it or the server ends it. Each message names the request. Thread-safe.
 */
final class Subscription implements AutoCloseable {

    private final Request request;
    private final List<String> uris;
    private final List<McpTask> tasks;
    private final ResourceWatch watch;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final McpTask.Listener taskListener = this::taskChanged;

    /**
     * Creates a subscription that sends nothing yet.
     *
     * @param request request that opens it; its parameter {@code notifications} selects the notifications
     * @param registry tasks of the server
     * @throws RpcError if the client selects tasks and does not support them
     */
    Subscription(Request request, TaskRegistry registry) {
        this.request = request;
        JsonObject filter = request.params()
                .object("notifications")
                .orElseThrow(() -> new RpcError(
                        RpcError.INVALID_PARAMS, "The request lacks \"notifications\", the notifications to receive."));
        this.uris = filter.strings("resourceSubscriptions").stream().distinct().toList();
        List<String> taskIds = filter.strings("taskIds");
        if (!taskIds.isEmpty()) {
            request.meta().requireTasks("A subscription to tasks");
        }
        this.tasks = taskIds.stream()
                .distinct()
                .flatMap(id -> registry.find(request.session(), id).stream())
                .toList();
        this.watch = new ResourceWatch(
                request.session().memory(),
                uri -> send(
                        "notifications/resources/updated",
                        Json.fields().keep("uri", uri).map()));
    }

    /** Number of resources and tasks, and at least 1. */
    int size() {
        return Math.max(1, uris.size() + tasks.size());
    }

    /**
     * Acknowledges the subscription and starts the notifications. Lists of tools, prompts and resources never change
     * while the server runs, so their notifications are not acknowledged.
     */
    void start() {
        send(
                "notifications/subscriptions/acknowledged",
                Json.fields()
                        .keep(
                                "notifications",
                                Json.fields()
                                        .put("resourceSubscriptions", uris)
                                        .put(
                                                "taskIds",
                                                tasks.stream().map(McpTask::id).toList())
                                        .map())
                        .map());
        uris.forEach(watch::add);
        tasks.forEach(task -> task.add(taskListener));
    }

    private void taskChanged(Map<String, @Nullable Object> task) {
        send("notifications/tasks", task);
    }

    private void send(String method, Map<String, @Nullable Object> params) {
        if (!closed.get()) {
            var tagged = Json.fields().keep("_meta", tag());
            params.forEach(tagged::keep);
            request.out().send(JsonRpc.notification(method, tagged.map()));
        }
    }

    private Map<String, @Nullable Object> tag() {
        return Json.fields().keep(RequestMeta.SUBSCRIPTION_ID, request.id()).map();
    }

    /** Ends the subscription with the response to its request. Idempotent. */
    void end() {
        if (!closed.get()) {
            request.out()
                    .send(JsonRpc.result(
                            request.id(),
                            Envelope.of(
                                    request, Json.fields().keep("_meta", tag()).map())));
        }
        close();
    }

    /** Ends the subscription without a response, because the client canceled it or is gone. Idempotent. */
    @Override
    public void close() {
        closed.set(true);
        watch.close();
        tasks.forEach(task -> task.remove(taskListener));
    }
}
