package dev.stele.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Does jobs of one kind. A job may be begun more than once, by this process or another after one died, so doing it twice
 * must be as good as once. Called by several threads at a time.
 */
public interface TaskHandler {

    /**
     * Does a job.
     *
     * @return what came of it, as JSON values
     * @throws dev.stele.model.InvalidInputException or {@link dev.stele.model.NotFoundException}, which end the job at once;
     *     anything else thrown makes it be tried again later
     */
    Map<String, @Nullable Object> run(TaskRun run) throws Exception;
}
