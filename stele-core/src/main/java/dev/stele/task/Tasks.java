package dev.stele.task;

import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.Reservation;
import dev.stele.arena.TypedArena;
import dev.stele.concurrent.Backoff;
import dev.stele.concurrent.GuardedLoop;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.io.Secrets;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.SteleException;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.store.TaskStore;
import dev.stele.store.TaskStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Durable queue of background tasks with its workers. Tasks run in order of priority and due time, on the workers of
 * any process that has some. A failed attempt is retried after a growing delay; a task whose process dies is taken over
 * when its lease expires. Thread-safe.
 */
public final class Tasks implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Tasks.class.getName());
    /** Interval between polls for tasks that other processes submitted. */
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    /** Maximum time for which {@link #close} waits for each worker. */
    private static final Duration MAX_CLOSE_WAIT = Duration.ofSeconds(20);
    /** Maximum time between two attempts to record the end of a job. */
    private static final long END_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Number of bytes reserved under {@code TASK} for the buffers of a running task. */
    private static final long TASK_BYTES = 1 << 20;

    private final TaskStore store;
    private final TypedArena memory;
    private final Duration lease;
    private final int maxWaiting;
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();
    private final List<GuardedLoop> workers = new CopyOnWriteArrayList<>();
    /** Worker threads by the id of the task they run; used to interrupt a cancelled task. */
    private final Map<String, Thread> running = new ConcurrentHashMap<>();

    private final AtomicBoolean closed = new AtomicBoolean();
    /** One permit per reason to poll again; a worker that polls drains them all. */
    private final Semaphore wakeups = new Semaphore(0);

    /**
     * Kind of tasks.
     *
     * @param handler runs the tasks of the kind
     * @param needsAgent whether each of them works on one agent
     */
    private record Kind(TaskHandler handler, boolean needsAgent) {
        void check(TaskDraft draft) {
            if (needsAgent && draft.agent().isEmpty()) {
                throw new InvalidInputException("The job " + Json.write(draft.kind())
                        + " needs an agent; name the one that it works on (option --agent, field \"agent\").");
            }
        }
    }

    /**
     * Creates a queue without workers.
     *
     * @param store store of the tasks
     * @param memory arena in which the memory of running tasks is reserved
     * @param lease time without a renewal after which a worker is considered dead
     * @param maxWaiting maximum number of waiting tasks
     */
    public Tasks(TaskStore store, TypedArena memory, Duration lease, int maxWaiting) {
        this.store = store;
        this.memory = memory;
        this.lease = lease;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Registers the handler for a kind of tasks. Must be called before the workers start.
     *
     * @param kind kind of tasks, which may have one handler only
     * @param handler handler of the kind
     * @throws IllegalStateException if the kind already has a handler
     */
    public void handle(String kind, TaskHandler handler) {
        add(kind, new Kind(handler, false));
    }

    /**
     * Registers the handler for a kind of tasks that each work on one agent. A draft without an agent is refused when it
     * is submitted. Must be called before the workers start.
     *
     * @param kind kind of tasks, which may have one handler only
     * @param handler handler of the kind; it is called with tasks that have an agent only
     * @throws IllegalStateException if the kind already has a handler
     */
    public void handleForAgent(String kind, TaskHandler handler) {
        add(kind, new Kind(handler, true));
    }

    private void add(String name, Kind kind) {
        if (kinds.putIfAbsent(name, kind) != null) {
            throw new IllegalStateException("two handlers for jobs of kind " + name);
        }
    }

    /** Returns the kinds that have a handler, in alphabetical order. */
    public List<String> kinds() {
        return List.copyOf(new TreeSet<>(kinds.keySet()));
    }

    /**
     * Submits a task, which is on stable storage when this method returns.
     *
     * @param draft task to run
     * @return stored task
     * @throws InvalidInputException if there is no handler for its kind, or the kind needs an agent and the draft has none
     * @throws dev.stele.model.LimitExceededException if the maximum number of tasks is waiting
     */
    public Task submit(TaskDraft draft) {
        Kind kind = kinds.get(draft.kind());
        if (kind == null) {
            throw new InvalidInputException("There is no kind of job " + Json.write(draft.kind()) + "; there are "
                    + String.join(", ", kinds()) + ".");
        }
        kind.check(draft);
        Task task = store.add(draft, maxWaiting);
        wakeups.release();
        return task;
    }

    /**
     * Returns a task.
     *
     * @param id id of the task
     * @throws NotFoundException if the task does not exist or was pruned after its end
     */
    public Task get(String id) {
        return store.get(id).orElseThrow(() -> unknown(id));
    }

    private static NotFoundException unknown(String id) {
        return new NotFoundException("There is no background job " + Json.write(id) + ".");
    }

    /**
     * Lists tasks, newest first.
     *
     * @param state only tasks in this state
     * @param agent only tasks of this agent
     * @param limit maximum number of tasks, 1 to 1000
     * @param after cursor of the previous page; empty for the first page
     * @throws InvalidInputException if the limit or the cursor is invalid
     */
    public Page<Task> list(Optional<TaskState> state, Optional<AgentName> agent, int limit, Optional<String> after) {
        return list(state, agent, _ -> true, limit, after);
    }

    /**
     * Lists the tasks that are visible to a client, newest first. Neither the items nor the cursor reveal other tasks.
     *
     * @param state only tasks in this state
     * @param agent only tasks of this agent
     * @param visible returns whether the client may see a task
     * @param limit maximum number of tasks, 1 to 1000
     * @param after cursor of the previous page; empty for the first page
     * @throws InvalidInputException if the limit or the cursor is invalid
     */
    public Page<Task> list(
            Optional<TaskState> state,
            Optional<AgentName> agent,
            Predicate<TaskDraft> visible,
            int limit,
            Optional<String> after) {
        if (limit < 1 || limit > 1_000) {
            throw new InvalidInputException("The limit is %d; it must be 1 to 1000.".formatted(limit));
        }
        long below = Cursor.decode(after).map(Cursor::number).orElse(Long.MAX_VALUE);
        var found = new ArrayList<Task>();
        while (found.size() <= limit) {
            List<Task> page = store.list(state, agent, below, limit + 1);
            page.stream().filter(task -> visible.test(task.draft())).forEach(found::add);
            if (page.size() <= limit) {
                break;
            }
            below = page.getLast().number();
        }
        return Page.of(found.subList(0, Math.min(found.size(), limit + 1)), limit, row -> row.number());
    }

    /**
     * Cancels a task. A waiting task is cancelled at once. A running task is interrupted; if another process runs it,
     * this takes about a third of the lease. A task that ended stays unchanged.
     *
     * @param id id of the task
     * @return task after the call
     * @throws NotFoundException if the task does not exist
     */
    public Task cancel(String id) {
        Task task = store.cancel(id).orElseThrow(() -> unknown(id));
        running.computeIfPresent(id, (_, worker) -> {
            worker.interrupt();
            return worker;
        });
        return task;
    }

    /**
     * Deletes tasks that ended longer ago than the given age.
     *
     * @param age minimum time since the end of a task
     * @return number of deleted tasks
     */
    public int prune(Duration age) {
        return store.prune(age);
    }

    /**
     * Starts workers in this process. Without workers, tasks wait for those of another process.
     *
     * @param count number of workers
     */
    public void start(int count) {
        for (int i = 0; i < count; i++) {
            // A platform thread, because the store may run native code.
            workers.add(GuardedLoop.start("stele-worker-" + i, LOG, PlatformThreads::unstarted, this::work));
        }
    }

    private void work(GuardedLoop loop) throws InterruptedException {
        Optional<Task> claimed = store.claim(lease);
        if (claimed.isPresent()) {
            String id = claimed.get().id();
            running.put(id, Thread.currentThread());
            try {
                run(claimed.get());
            } finally {
                running.remove(id);
            }
        } else {
            Duration pause = store.timeUntilDue(POLL_INTERVAL);
            if (wakeups.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                wakeups.drainPermits();
            }
        }
    }

    /** Runs a task on a separate thread, which can be interrupted without affecting the worker. */
    private void run(Task task) {
        var run = new TaskRun(task);
        var outcome = new AtomicReference<Outcome>();
        // A platform thread is used because a task may be CPU-bound for long or run native code.
        Thread job = PlatformThreads.start("stele-job " + task.draft().kind(), () -> outcome.set(attempt(run)));
        try {
            awaitEnd(task, run, job, outcome);
        } finally {
            if (job.isAlive()) {
                job.interrupt(); // nobody would end it at its timeout or cancellation any more
            }
        }
        wakeups.release();
    }

    /** Holds the lease of a job until its thread ends, ends it early if need be, and records how it ended. */
    private void awaitEnd(Task task, TaskRun run, Thread job, AtomicReference<Outcome> outcome) {
        long endNanos = System.nanoTime() + task.draft().timeout().toNanos();
        Optional<Outcome> early = Optional.empty();
        boolean leaseHeld = true;
        long leaseEndNanos = System.nanoTime() + lease.toNanos();
        while (leaseHeld && !joined(job, untilLook(endNanos, early.isPresent()))) {
            boolean cancelWanted = false;
            try {
                long now = System.nanoTime();
                Optional<Task> renewed = store.renew(task, lease, Optional.ofNullable(run.takeProgress()));
                leaseHeld = renewed.isPresent();
                cancelWanted = renewed.isPresent() && renewed.get().cancelWanted();
                leaseEndNanos = now + lease.toNanos();
            } catch (SteleException e) { // the job goes on as long as no other worker can have begun it
                leaseHeld = System.nanoTime() - leaseEndNanos < 0;
                LOG.log(System.Logger.Level.WARNING, "the lease of job " + task.id() + " could not be renewed", e);
            }
            if (early.isEmpty()) {
                if (!leaseHeld || cancelWanted) {
                    early = Optional.of(new Outcome.Cancelled());
                } else if (System.nanoTime() - endNanos > 0) {
                    early = Optional.of(
                            failed(task, "It took longer than " + task.draft().timeout() + ".", true));
                } else if (closed.get()) {
                    early = Optional.of(new Outcome.Again("Its process was stopped.", Duration.ZERO));
                }
            }
            if (early.isPresent()) {
                job.interrupt();
            }
        }
        Outcome own = outcome.get();
        // A completed task counts as done, even if its cancellation was requested or it was interrupted.
        Outcome ended = own instanceof Outcome.Done || early.isEmpty() ? own : early.get();
        if (leaseHeld && ended != null && !recorded(task, ended, leaseEndNanos)) {
            LOG.log(System.Logger.Level.WARNING, () -> "job " + task.id() + " was taken over by another worker");
        }
    }

    /**
     * Records the end of a job. A failure is repeated until another worker may have begun the job; else work that is
     * done would be done again.
     *
     * @return false if another worker has taken the job over
     */
    private boolean recorded(Task task, Outcome outcome, long leaseEndNanos) {
        while (true) {
            Thread.interrupted(); // an interrupt only wakes a worker, and has done so
            try {
                return store.end(task, outcome);
            } catch (SteleException e) {
                if (closed.get() || System.nanoTime() - leaseEndNanos >= 0) {
                    throw e;
                }
                LOG.log(System.Logger.Level.WARNING, "the end of job " + task.id() + " could not be recorded yet", e);
                LockSupport.parkNanos(Math.min(END_RETRY_NANOS, lease.toNanos() / 10));
            }
        }
    }

    /** Returns the time until the next renewal or timeout check: a third of the lease at most. */
    private Duration untilLook(long endNanos, boolean ending) {
        long beat = lease.toMillis() / 3;
        long left = ending ? beat : (endNanos - System.nanoTime()) / 1_000_000 + 1;
        return Duration.ofMillis(Math.clamp(left, 1, beat));
    }

    /**
     * Returns whether a thread ended within the given time. An interrupt of the waiting thread ends the wait; the
     * caller checks for its reason.
     */
    private static boolean joined(Thread job, Duration maxWait) {
        try {
            return job.join(maxWait);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "a worker was woken", e);
            return false;
        }
    }

    private Outcome attempt(TaskRun run) {
        Task task = run.task();
        Kind kind = kinds.get(task.draft().kind());
        if (kind == null) {
            return failed(
                    task,
                    "This Stele has no handler for jobs of kind " + task.draft().kind() + ".",
                    true);
        }
        try (Reservation _ = memory.charge(
                TASK_BYTES, new OverBudgetPolicy.Await(task.draft().timeout()))) {
            kind.check(task.draft()); // an earlier version accepted it without an agent
            Map<String, @Nullable Object> result = kind.handler().run(run);
            return new Outcome.Done(result);
        } catch (InvalidInputException | NotFoundException e) {
            return failed(task, Secrets.hide(String.valueOf(e.getMessage())), false);
        } catch (
                Throwable e) { // an error, too, is an attempt that failed; else the job would wait for its lease to end
            LOG.log(
                    System.Logger.Level.WARNING,
                    "job " + task.id() + " of kind " + task.draft().kind() + " failed",
                    e);
            return failed(task, Secrets.hide(String.valueOf(e.getMessage() == null ? e : e.getMessage())), true);
        }
    }

    private static Outcome failed(Task task, String error, boolean retryable) {
        if (!retryable || task.attempts() >= task.draft().attempts()) {
            return new Outcome.Failed(error);
        }
        return new Outcome.Again(error, Backoff.after(task.attempts()));
    }

    /** Interrupts the running tasks, returns them to the queue and ends the workers. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List<GuardedLoop> stopping = List.copyOf(workers);
        stopping.forEach(GuardedLoop::stop);
        wakeups.release(stopping.size() + 1);
        stopping.forEach(GuardedLoop::interrupt);
        for (GuardedLoop worker : stopping) {
            // a task that still runs is taken over by another worker when its lease expires
            if (!worker.join(MAX_CLOSE_WAIT)) {
                LOG.log(System.Logger.Level.WARNING, "a background job still runs after " + MAX_CLOSE_WAIT);
            }
        }
    }
}
