package dev.stele.task;

import dev.stele.model.Task;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One attempt at a task, as seen by its handler. Thread-safe. */
public final class TaskRun {

    private final Task task;
    /** Latest progress that is not stored yet; the handler sets it, and the renewal of the lease takes it. */
    private final AtomicReference<@Nullable String> progress = new AtomicReference<>();

    TaskRun(Task task) {
        this.task = task;
    }

    /** Returns the task as it was when this attempt began. */
    public Task task() {
        return task;
    }

    /**
     * Reports the progress of the attempt, which is shown to clients.
     *
     * @param words progress in prose
     */
    public void progress(String words) {
        progress.set(words);
    }

    /** Returns the progress that was reported since the last call; null if there is none. */
    @Nullable
    String takeProgress() {
        return progress.getAndSet(null);
    }
}
