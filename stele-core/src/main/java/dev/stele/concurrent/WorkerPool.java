package dev.stele.concurrent;

import dev.stele.model.AgentBusyException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * A small fixed pool of platform threads with a bounded queue, for work that occupies a processor or runs foreign code.
 *
 * <p>Such work never runs on a virtual thread: the scheduler of virtual threads does not preempt, so as many spinning tasks
 * as there are processors would stop all others. It does not run on the caller's thread either, because the number of
 * callers is bounded by connections and not by processors. The operating system shares processors between these few
 * threads and all others. Thread-safe.
 */
public final class WorkerPool implements AutoCloseable {

    private final String what;
    private final String key;
    private final int maxQueued;
    private final ThreadPoolExecutor threads;

    /**
     * @param what the kind of work, in the plural, for errors, such as {@code "graph queries"}
     * @param key setting that bounds the queue, for errors
     * @param maxThreads maximum number of tasks that run at once
     * @param maxQueued maximum number of tasks that wait for a thread
     * @param background whether all other threads go first for a processor; see {@link BackgroundThreads}
     */
    public WorkerPool(String what, String key, int maxThreads, int maxQueued, boolean background) {
        this.what = what;
        this.key = key;
        this.maxQueued = maxQueued;
        String prefix = "stele-" + what.replace(' ', '-') + "-";
        this.threads = background
                ? BackgroundThreads.executor(prefix, maxThreads, maxQueued)
                : PlatformThreads.executor(prefix, maxThreads, maxQueued);
    }

    /**
     * Runs a task on a thread of the pool and waits for its result. If the caller is interrupted, so is the task.
     *
     * @param limits what the task may use; its wall-clock time includes the time in the queue
     * @throws AgentBusyException if too many tasks wait
     * @throws InterruptedException if the caller was interrupted; the task was told to stop and may still end
     * @throws Exception what the task throws; an {@code Error} is thrown as it is
     */
    public <T> T call(WorkLimits limits, Callable<T> task) throws Exception {
        long start = System.nanoTime();
        var future = new FutureTask<T>(() -> {
            long waited = System.nanoTime() - start;
            if (waited >= limits.time().toNanos()) {
                throw WorkBudget.tooLong(limits);
            }
            return WorkBudget.call(limits.withTime(limits.time().minusNanos(waited)), task);
        });
        try {
            threads.execute(future);
        } catch (RejectedExecutionException e) {
            throw new AgentBusyException(
                    "%d %s wait for a processor, which is the maximum (%s). Nothing was done; try again."
                            .formatted(maxQueued, what, key));
        }
        boolean ended = false;
        try {
            T result = future.get();
            ended = true;
            return result;
        } catch (ExecutionException e) {
            ended = true;
            switch (e.getCause()) {
                case Exception failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        } finally {
            if (!ended) {
                future.cancel(true);
                threads.remove(future);
            }
        }
    }

    /** Number of tasks that wait for a thread. */
    public int queued() {
        return threads.getQueue().size();
    }

    /** Interrupts running tasks and refuses new ones. Idempotent; does not wait. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
