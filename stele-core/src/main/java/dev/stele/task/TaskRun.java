package dev.stele.task;

import dev.stele.model.Task;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One attempt at a job, as its handler sees it. Thread-safe. */
public final class TaskRun {

    private final Task task;
    /** The latest word, until it was stored; the handler writes, the heart beat takes. */
    private final AtomicReference<@Nullable String> progress = new AtomicReference<>();

    TaskRun(Task task) {
        this.task = task;
    }

    /** The job, as it was when this attempt began. */
    public Task task() {
        return task;
    }

    /** Says how far it is, for whoever looks. */
    public void progress(String words) {
        progress.set(words);
    }

    @Nullable
    String takeProgress() {
        return progress.getAndSet(null);
    }
}
