package dev.stele.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.model.AgentBusyException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A small fixed pool of platform threads with a bounded queue, for work that occupies a processor or runs foreign code.
 *
 * <p>Such work never runs on a virtual thread: the scheduler of virtual threads does not preempt, so as many spinning
 * tasks as there are processors would stop all others. It does not run on the caller's thread either, because the
 * number of callers is bounded by connections and not by processors. The operating system shares processors between
 * these few threads and all others.
 *
 * <p>Tasks are taken from the callers in turn, and a caller who is told apart from others never has all threads, so
 * that one caller's long tasks delay another's by no more than one of them. Thread-safe; {@code lock} guards the
 * queues.
 */
public final class WorkerPool implements AutoCloseable {

    private final String what;
    private final String key;
    private final int maxQueued;
    private final int maxOfCaller;
    private final ThreadPoolExecutor threads;
    private final ReentrantLock lock = new ReentrantLock();

    /** Callers that have tasks, the one whose turn is next first. */
    @GuardedBy("lock")
    private final Map<String, Caller> callers = new LinkedHashMap<>();

    @GuardedBy("lock")
    private int queued;

    /** Turns of threads that found no task, because the callers of all that wait had as many threads as they may. */
    @GuardedBy("lock")
    private int sparedTurns;

    /** A task that waits for a thread, and the result that its caller waits for. */
    private record Waiting(InterruptibleTask task, CompletableFuture<?> result) {}

    /** Tasks of one caller; guarded by the lock. */
    private static final class Caller {
        final Deque<Waiting> waiting = new ArrayDeque<>();
        final boolean limited;
        int running;

        Caller(boolean limited) {
            this.limited = limited;
        }
    }

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
        this.maxQueued = Math.max(1, maxQueued);
        this.maxOfCaller = Math.max(1, maxThreads / 2);
        String prefix = "stele-" + what.replace(' ', '-') + "-";
        // Each queued task brings one turn of a thread, so this queue is bounded by the other.
        this.threads = background
                ? BackgroundThreads.executor(prefix, maxThreads, Integer.MAX_VALUE)
                : PlatformThreads.executor(prefix, maxThreads, Integer.MAX_VALUE);
    }

    /** {@link #call(String, WorkLimits, Callable)} of a caller who is not told apart from others. */
    public <T> T call(WorkLimits limits, Callable<T> task) throws Exception {
        return call("", limits, task);
    }

    /**
     * Runs a task on a thread of the pool and waits for its result. If the caller is interrupted, so is the task.
     *
     * @param caller whom the task is for; empty text for one who is not told apart, and may have all threads
     * @param limits what the task may use; its wall-clock time includes the time in the queue
     * @throws AgentBusyException if too many tasks wait
     * @throws InterruptedException if the caller was interrupted; the task was told to stop and may still end
     * @throws Exception what the task throws; an {@code Error} is thrown as it is
     */
    public <T> T call(String caller, WorkLimits limits, Callable<T> task) throws Exception {
        long start = System.nanoTime();
        var result = new CompletableFuture<T>();
        var running = new InterruptibleTask(() -> {
            try {
                long waited = System.nanoTime() - start;
                if (waited >= limits.time().toNanos()) {
                    throw WorkBudget.tooLong(limits);
                }
                result.complete(WorkBudget.call(limits.withTime(limits.time().minusNanos(waited)), task));
            } catch (Throwable e) { // whatever it is, it is for the caller to see
                result.completeExceptionally(e);
            }
        });
        var waiting = new Waiting(running, result);
        enqueue(caller, waiting);
        boolean ended = false;
        try {
            T value = result.get();
            ended = true;
            return value;
        } catch (ExecutionException e) {
            ended = true;
            switch (e.getCause()) {
                case Exception failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        } finally {
            if (!ended) {
                running.interrupt();
                remove(caller, waiting);
            }
        }
    }

    private void enqueue(String name, Waiting task) {
        lock.lock();
        try {
            if (queued >= maxQueued) {
                throw new AgentBusyException(
                        "%d %s wait for a processor, which is the maximum (%s). Nothing was done; try again."
                                .formatted(maxQueued, what, key));
            }
            callers.computeIfAbsent(name, _ -> new Caller(!name.isEmpty()))
                    .waiting
                    .addLast(task);
            queued++;
        } finally {
            lock.unlock();
        }
        try {
            threads.execute(this::takeTurn);
        } catch (RejectedExecutionException e) {
            remove(name, task);
            throw stopping();
        }
    }

    private static AgentBusyException stopping() {
        return new AgentBusyException("The server is stopping; nothing was done.");
    }

    private void remove(String name, Waiting task) {
        lock.lock();
        try {
            Caller caller = callers.get(name);
            if (caller != null && caller.waiting.remove(task)) {
                queued--;
                if (caller.running == 0 && caller.waiting.isEmpty()) {
                    callers.remove(name);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private record Turn(String name, InterruptibleTask task) {}

    /** Runs the next task. On a thread of the pool. */
    private void takeTurn() {
        Turn turn = next();
        if (turn == null) {
            return;
        }
        try {
            turn.task().run();
        } finally {
            ended(turn.name());
        }
    }

    private @Nullable Turn next() {
        lock.lock();
        try {
            for (Iterator<Map.Entry<String, Caller>> each = callers.entrySet().iterator(); each.hasNext(); ) {
                Map.Entry<String, Caller> entry = each.next();
                Caller caller = entry.getValue();
                if (caller.waiting.isEmpty() || (caller.limited && caller.running >= maxOfCaller)) {
                    continue;
                }
                InterruptibleTask task = caller.waiting.removeFirst().task();
                queued--;
                caller.running++;
                each.remove();
                callers.put(entry.getKey(), caller); // its next turn is after everyone else's
                return new Turn(entry.getKey(), task);
            }
            sparedTurns++;
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void ended(String name) {
        boolean again = false;
        lock.lock();
        try {
            Caller caller = callers.get(name);
            if (caller != null) {
                caller.running--;
                if (caller.running == 0 && caller.waiting.isEmpty()) {
                    callers.remove(name);
                }
            }
            if (sparedTurns > 0) {
                sparedTurns = Math.min(sparedTurns, queued);
                again = sparedTurns > 0;
                sparedTurns -= again ? 1 : 0;
            }
        } finally {
            lock.unlock();
        }
        if (again) {
            try {
                threads.execute(this::takeTurn);
            } catch (RejectedExecutionException e) {
                System.getLogger(WorkerPool.class.getName())
                        .log(System.Logger.Level.DEBUG, "the pool was closed; what waits is dropped", e);
            }
        }
    }

    /** Number of tasks that wait for a thread. */
    public int queued() {
        lock.lock();
        try {
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts running tasks, and refuses those that wait and new ones. Idempotent; does not wait. */
    @Override
    public void close() {
        threads.shutdownNow();
        // The turns of waiting tasks have gone with the threads, and their callers would wait in vain.
        List<Waiting> refused = new ArrayList<>();
        lock.lock();
        try {
            callers.values().forEach(caller -> {
                refused.addAll(caller.waiting);
                caller.waiting.clear();
            });
            callers.values().removeIf(caller -> caller.running == 0);
            queued = 0;
        } finally {
            lock.unlock();
        }
        refused.forEach(task -> task.result().completeExceptionally(stopping()));
    }
}
