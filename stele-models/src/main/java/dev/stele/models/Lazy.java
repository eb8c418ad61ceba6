package dev.stele.models;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Memoizing supplier. Thread-safe.
 *
 * <p>The first caller computes the value on its own thread; concurrent callers wait for the result. A failure is
 * remembered, too: every later call throws the same exception.
 */
final class Lazy<T> {

    private final FutureTask<T> task;

    Lazy(Supplier<T> supplier) {
        this.task = new FutureTask<>(supplier::get);
    }

    /** Returns whether the computation has ended, successfully or not. */
    boolean isComputed() {
        return task.isDone();
    }

    /**
     * Returns the value, and computes it if this is the first call.
     *
     * @throws RuntimeException the exception of the supplier
     * @throws InterruptedException if the calling thread is interrupted while another thread computes the value
     */
    T get() throws InterruptedException {
        task.run();
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
