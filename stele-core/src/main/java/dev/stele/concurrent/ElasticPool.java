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
 * processors as they do when each task has one. A task that waits for a {@link java.util.concurrent.CompletableFuture},
 * such as that of a commit, does not count, and another thread takes its place. When tasks wait and hardly any begins,
 * because those that run compute or block in another way, threads are added until each task has its own; then the
 * operating system shares the processors, so a few long tasks delay short ones by milliseconds and not by their length.
 *
 * <p>Built on {@link ForkJoinPool}, whose target of running threads this adjusts. Tasks start in the order in which
 * they came. The number of tasks is for the caller to bound. Thread-safe.
 */
public final class ElasticPool implements Executor, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ElasticPool.class.getName());

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Periods without waiting tasks after which the monitor sleeps: about a second. */
    private static final int QUIET_PERIODS = 250;

    /**
     * Periods in a row in which tasks began, after which half of the added threads are given up; doubled if they were
     * needed.
     */
    private static final int MIN_MOVING_PERIODS = 5;

    private static final int MAX_MOVING_PERIODS = 1_000;

    private final int baseThreads;
    private final int maxThreads;
    private final ForkJoinPool pool;
    /** Tasks that were submitted, and those of them that began. */
    private final LongAdder submitted = new LongAdder();

    private final LongAdder started = new LongAdder();

    private final GuardedLoop monitor;
    private final AtomicBoolean monitorParked = new AtomicBoolean();

    // The following fields are used by the monitor only.
    private long startedBefore;
    private boolean stuckBefore;
    private int quietPeriods;
    private int movingPeriods;
    private int patience = MIN_MOVING_PERIODS;

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
        this.monitor = GuardedLoop.start(name + "monitor", LOG, PlatformThreads::unstarted, _ -> inspect());
    }

    /** Submits a task. What it throws is for the task to catch. */
    @Override
    public void execute(Runnable task) {
        submitted.increment();
        pool.execute(() -> {
            started.increment();
            task.run();
        });
        if (monitorParked.get() && monitorParked.compareAndSet(true, false)) {
            monitor.unpark();
        }
    }

    /**
     * Adds threads while tasks wait and none begins, and gives them up while tasks begin. More threads than that make
     * tasks slower: they meet at the locks and connections that all of them need.
     */
    private void inspect() {
        long now = started.sum(); // before those that came: the difference may be too large, and is never negative
        long waiting = submitted.sum() - now;
        int threads = pool.getParallelism();
        boolean stuck = waiting > 0 && now == startedBefore;
        boolean starting = pool.getPoolSize() < threads; // the threads added last do not run yet
        if (stuck && stuckBefore && !starting && threads < maxThreads) {
            int more = (int) Math.min(maxThreads, threads + Math.min(threads, waiting));
            pool.setParallelism(more);
            // The pool starts a thread when a task comes, and there may be none to come.
            for (int i = threads; i < more; i++) {
                pool.execute(() -> {});
            }
            if (movingPeriods == 0) { // they were given up too early
                patience = Math.min(MAX_MOVING_PERIODS, 2 * patience);
            }
        }
        movingPeriods = stuck ? 0 : movingPeriods + 1;
        if (movingPeriods >= patience && threads > baseThreads) {
            pool.setParallelism(Math.max(baseThreads, threads / 2));
            movingPeriods = 0;
        }
        startedBefore = now;
        stuckBefore = stuck;
        quietPeriods = waiting > 0 ? 0 : quietPeriods + 1;
        if (quietPeriods >= QUIET_PERIODS) {
            if (threads > baseThreads) {
                pool.setParallelism(baseThreads);
            }
            patience = MIN_MOVING_PERIODS;
            quietPeriods = 0;
            park();
        } else {
            LockSupport.parkNanos(PERIOD_NANOS);
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

    /**
     * Interrupts what runs, drops what waits, and waits a moment for the rest. Returns whether all tasks ended.
     * Idempotent.
     */
    public boolean close(long timeout, TimeUnit unit) throws InterruptedException {
        closed.set(true);
        monitor.stop();
        monitor.unpark();
        pool.shutdownNow();
        return pool.awaitTermination(timeout, unit);
    }

    @Override
    public void close() {
        closed.set(true);
        monitor.stop();
        monitor.unpark();
        pool.shutdownNow();
    }
}
