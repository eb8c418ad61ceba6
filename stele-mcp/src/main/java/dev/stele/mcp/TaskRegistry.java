package dev.stele.mcp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Durations;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a server. A task is kept in the memory of this process, each running one with a thread of its own, until the
 * time for which tasks are kept is over. Thread-safe.
 */
final class TaskRegistry implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(TaskRegistry.class.getName());

    private final TaskLimits limits;
    private final ReentrantLock lock = new ReentrantLock();

    /** Tasks by id, the oldest first. */
    @GuardedBy("lock")
    private final Map<String, McpTask> tasks = new LinkedHashMap<>();

    @GuardedBy("lock")
    private boolean closed;

    TaskRegistry(TaskLimits limits) {
        this.limits = limits;
    }

    /**
     * Creates a task and starts its work.
     *
     * @param session session of the caller
     * @param answers answers that the client gave before
     * @param work work of the task, which returns the result of the request or throws an {@link RpcError}
     * @return the task; empty if there are as many as may be
     */
    Optional<McpTask> start(
            McpSession session,
            Map<String, JsonObject> answers,
            Function<McpTask, Map<String, @Nullable Object>> work) {
        var task = new McpTask(session.owner(), session.memory().name().value(), limits.keep(), answers);
        List<McpTask> expired = new ArrayList<>();
        boolean added;
        lock.lock();
        try {
            Instant now = Instant.now();
            tasks.values().stream().filter(old -> old.isExpired(now)).forEach(expired::add);
            expired.forEach(old -> tasks.remove(old.id()));
            added = !closed && hasRoom(task.owner());
            if (added) {
                tasks.put(task.id(), task);
            }
        } finally {
            lock.unlock();
        }
        expired.forEach(McpTask::cancel);
        if (!added) {
            return Optional.empty();
        }
        PlatformThreads.start("stele-mcp-task", () -> run(task, work));
        return Optional.of(task);
    }

    @GuardedBy("lock")
    private boolean hasRoom(String owner) {
        boolean callerHasRoom = owner.isEmpty()
                || tasks.values().stream()
                                .filter(task -> task.owner().equals(owner))
                                .count()
                        < limits.maxOfCaller();
        return callerHasRoom && tasks.size() < limits.maxTasks();
    }

    private static void run(McpTask task, Function<McpTask, Map<String, @Nullable Object>> work) {
        if (!task.started()) {
            return;
        }
        try {
            task.complete(work.apply(task));
        } catch (RpcError e) {
            task.fail(e);
        } catch (Throwable e) { // without an end the client would wait for the task until its time is over
            LOG.log(System.Logger.Level.ERROR, "An MCP task failed", e);
            task.fail(new RpcError(RpcError.INTERNAL, "The task failed; the server's log has the reason."));
        }
    }

    /** Returns the error of a call that must be a task while there are as many tasks as may be. */
    RpcError full() {
        return new RpcError(
                RpcError.INTERNAL,
                "There are as many tasks as may be, %d (mcp.tasks); try again when one has ended."
                        .formatted(limits.maxTasks()));
    }

    /** Returns a task of the caller of a session; empty if there is none or its time is over. */
    Optional<McpTask> find(McpSession session, String id) {
        lock.lock();
        try {
            return Optional.ofNullable(tasks.get(id))
                    .filter(task -> task.belongsTo(session) && !task.isExpired(Instant.now()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Handles a request of the extension.
     *
     * @param request request with the method {@code tasks/get}, {@code tasks/update} or {@code tasks/cancel}
     * @throws RpcError if the client did not declare the extension, or has no such task
     */
    Map<String, @Nullable Object> handle(Request request) {
        request.meta().requireTasks(request.method());
        String id = request.params().string("taskId");
        McpTask task = find(request.session(), id)
                .orElseThrow(() -> new RpcError(
                        RpcError.INVALID_PARAMS,
                        "There is no task " + Json.write(id) + "; a task is kept for " + Durations.text(limits.keep())
                                + "."));
        switch (request.method()) {
            case "tasks/update" -> {
                var answers = new LinkedHashMap<String, JsonObject>();
                request.params()
                        .map("inputResponses")
                        .forEach((key, answer) -> answers.put(key, RequestState.object(key, answer)));
                task.answer(answers);
            }
            case "tasks/cancel" -> task.cancel();
            default -> {
                return task.toJson();
            }
        }
        return Map.of();
    }

    /** Cancels all tasks and refuses new ones. Idempotent. */
    @Override
    public void close() {
        List<McpTask> all;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(tasks.values());
            tasks.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(McpTask::cancel);
    }
}
