package dev.stele.concurrent;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A pool of platform threads for many short tasks that now and then block or compute for long.
 *
 * <p>While tasks are short, about as many threads run as there are processors, so threads do not contend for locks and
 * processors as they do when each task has one. A task that waits for a {@link java.util.concurrent.CompletableFuture}, such
 * as that of a commit, does not count, and another thread takes its place. When tasks wait and hardly any begins, because
 * those that run compute or block in another way, threads are added until each task has its own; then the operating system
 * shares the processors, so a few long tasks delay short ones by milliseconds and not by their length.
 *
 * <p>Built on {@link ForkJoinPool}, whose target of running threads this adjusts. Tasks start in the order in which they
 * came. The number of tasks is for the caller to bound. Thread-safe.
 */
public final class ElasticPool implements Executor, AutoCloseable {

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Periods without waiting tasks after which added threads are given up: about a second. */
    private static final int QUIET_PERIODS = 250;

    private final int baseThreads;
    private final int maxThreads;
    private final ForkJoinPool pool;
    /** Tasks that began. Only differences between two periods matter. */
    private final LongAdder started = new LongAdder();

    private final Thread monitor;
    private final AtomicBoolean monitorParked = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param name prefix of the names of its threads
     * @param maxThreads maximum number of threads; must be as large as the maximum number of tasks
     */
    public ElasticPool(String name, int maxThreads) {
        this.baseThreads = Math.min(maxThreads, Runtime.getRuntime().availableProcessors());
        this.maxThreads = Math.min(maxThreads, Short.MAX_VALUE);
        this.pool = new ForkJoinPool(
                baseThreads,
                owner -> {
                    var thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(owner);
                    thread.setName(name + thread.getPoolIndex());
                    thread.setDaemon(true);
                    return thread;
                },
                null,
                true,
                0,
                this.maxThreads,
                1,
                _ -> true, // a task that blocks when there are no more threads just blocks
                10,
                TimeUnit.SECONDS);
        this.monitor = PlatformThreads.start(name + "monitor", this::monitor);
    }

    /** Submits a task. What it throws is for the task to catch. */
    @Override
    public void execute(Runnable task) {
        pool.execute(() -> {
            started.increment();
            task.run();
        });
        if (monitorParked.get() && monitorParked.compareAndSet(true, false)) {
            LockSupport.unpark(monitor);
        }
    }

    private void monitor() {
        long before = started.sum();
        boolean waitingBefore = false;
        int quiet = 0;
        while (!closed.get()) {
            boolean waiting = pool.hasQueuedSubmissions();
            long now = started.sum();
            int threads = pool.getParallelism();
            if (waiting && waitingBefore && now - before < threads && threads < maxThreads) {
                int more = Math.min(maxThreads, 2 * threads);
                pool.setParallelism(more);
                // The pool starts a thread when a task comes, and there may be none to come.
                for (int i = threads; i < more; i++) {
                    pool.execute(() -> {});
                }
            }
            quiet = waiting ? 0 : quiet + 1;
            if (quiet == QUIET_PERIODS) {
                if (threads > baseThreads) {
                    pool.setParallelism(baseThreads);
                }
                park();
                quiet = 0;
            } else {
                LockSupport.parkNanos(PERIOD_NANOS);
            }
            before = now;
            waitingBefore = waiting;
        }
    }

    /** Sleeps until the next task comes; a pool without work costs nothing. */
    private void park() {
        monitorParked.set(true);
        while (monitorParked.get() && !closed.get()) {
            if (pool.hasQueuedSubmissions()) {
                monitorParked.set(false);
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Number of threads that may run at once now. */
    public int threads() {
        return pool.getParallelism();
    }

    /** Interrupts what runs, drops what waits, and waits a moment for the rest. Returns whether all tasks ended. Idempotent. */
    public boolean close(long timeout, TimeUnit unit) throws InterruptedException {
        closed.set(true);
        LockSupport.unpark(monitor);
        pool.shutdownNow();
        return pool.awaitTermination(timeout, unit);
    }

    @Override
    public void close() {
        closed.set(true);
        LockSupport.unpark(monitor);
        pool.shutdownNow();
    }
}
