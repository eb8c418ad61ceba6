package dev.stele.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Handler of background tasks of one kind. A task may be started more than once, by this process or by another one
 * after a crash; the handler must therefore be idempotent. Thread-safe: several threads call it at the same time.
 */
public interface TaskHandler {

    /**
     * Runs one attempt at a task.
     *
     * @param run task and receiver of its progress
     * @return result of the task as JSON values
     * @throws dev.stele.model.InvalidInputException or {@link dev.stele.model.NotFoundException}, which fail the task
     *     at once; any other exception lets the task be retried later
     */
    Map<String, @Nullable Object> run(TaskRun run) throws Exception;
}
