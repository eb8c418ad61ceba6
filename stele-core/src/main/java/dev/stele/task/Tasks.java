package dev.stele.task;

import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.Reservation;
import dev.stele.arena.TypedArena;
import dev.stele.concurrent.Backoff;
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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Background jobs: taken on durably, done in the order of priority and time by the workers of any process that has some,
 * tried again with growing pauses when they fail, and taken over when their process dies. Thread-safe.
 */
public final class Tasks implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Tasks.class.getName());
    /** How often workers look for jobs that other processes took on. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(20);
    /** Booked on TASK for a job's buffers while it runs. */
    private static final long JOB_BYTES = 1 << 20;

    private final TaskStore store;
    private final TypedArena memory;
    private final Duration lease;
    private final int mostWaiting;
    private final Map<String, TaskHandler> handlers = new ConcurrentHashMap<>();
    private final List<Thread> workers = new CopyOnWriteArrayList<>();
    /** Workers by the job they have, so that they can be told. */
    private final Map<String, Thread> running = new ConcurrentHashMap<>();

    private final AtomicBoolean closed = new AtomicBoolean();
    /** A permit for each reason to look again; drained by whoever looks. */
    private final Semaphore news = new Semaphore(0);

    /**
     * @param lease after how long without a sign of life a worker counts as dead
     * @param mostWaiting most jobs waiting
     */
    public Tasks(TaskStore store, TypedArena memory, Duration lease, int mostWaiting) {
        this.store = store;
        this.memory = memory;
        this.lease = lease;
        this.mostWaiting = mostWaiting;
    }

    /** Says how jobs of a kind are done. To be called before the workers start; a kind has one handler. */
    public void handle(String kind, TaskHandler handler) {
        if (handlers.putIfAbsent(kind, handler) != null) {
            throw new IllegalStateException("two handlers for jobs of kind " + kind);
        }
    }

    /** The kinds there are handlers for. */
    public List<String> kinds() {
        return List.copyOf(new TreeSet<>(handlers.keySet()));
    }

    /**
     * Takes a job on; it is on stable storage when this returns.
     *
     * @throws InvalidInputException if there is no handler for its kind
     * @throws dev.stele.model.LimitExceededException if as many wait as may
     */
    public Task submit(TaskDraft draft) {
        if (!handlers.containsKey(draft.kind())) {
            throw new InvalidInputException("There is no kind of job " + Json.write(draft.kind()) + "; there are "
                    + String.join(", ", kinds()) + ".");
        }
        Task task = store.add(draft, now(), mostWaiting);
        news.release();
        return task;
    }

    /** @throws NotFoundException if there is none, or it ended too long ago */
    public Task get(String id) {
        return store.get(id).orElseThrow(() -> unknown(id));
    }

    private static NotFoundException unknown(String id) {
        return new NotFoundException("There is no background job " + Json.write(id) + ".");
    }

    /** Jobs, newest first. */
    public Page<Task> list(Optional<TaskState> state, Optional<AgentName> agent, int limit, Optional<String> after) {
        return list(state, agent, _ -> true, limit, after);
    }

    /**
     * Jobs that a caller may know of, newest first. Neither the items nor the cursor tell of others.
     *
     * @param visible whether the caller may know of a job
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
            List<Task> some = store.list(state, agent, below, limit + 1);
            some.stream().filter(task -> visible.test(task.draft())).forEach(found::add);
            if (some.size() <= limit) {
                break;
            }
            below = some.getLast().number();
        }
        return Page.of(found.subList(0, Math.min(found.size(), limit + 1)), limit, row -> row.number());
    }

    /**
     * Calls a job off: one that waits at once, one that runs by interrupting it; if another process runs it, within about a
     * third of the lease. One that ended stays as it is.
     *
     * @return how it stands now
     */
    public Task cancel(String id) {
        Task task = store.cancel(id, now()).orElseThrow(() -> unknown(id));
        running.computeIfPresent(id, (_, worker) -> {
            worker.interrupt();
            return worker;
        });
        return task;
    }

    /** Forgets jobs that ended longer ago than this. */
    public int prune(Duration age) {
        return store.prune(now().minus(age));
    }

    /** Starts workers in this process; without, jobs wait for another one's. */
    public void start(int count) {
        for (int i = 0; i < count; i++) {
            workers.add(Thread.ofVirtual().name("stele-worker-" + i).start(this::work));
        }
    }

    private void work() {
        while (!closed.get()) {
            try {
                Optional<Task> claimed = store.claim(now(), lease);
                if (claimed.isPresent()) {
                    String id = claimed.get().id();
                    running.put(id, Thread.currentThread());
                    try {
                        run(claimed.get());
                    } finally {
                        running.remove(id);
                    }
                } else {
                    Duration pause = store.untilDue(now(), LOOK);
                    if (news.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                        news.drainPermits();
                    }
                }
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "a worker was woken", e); // the loop looks whether to go on
            } catch (SteleException e) {
                LOG.log(System.Logger.Level.WARNING, "background jobs cannot be looked at; trying again", e);
                rest();
            }
        }
    }

    private void rest() {
        try {
            news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "a worker was woken", e);
        }
    }

    /** Does a job on a thread of its own, so that it can be interrupted without harm to the worker. */
    private void run(Task task) {
        var run = new TaskRun(task);
        var outcome = new AtomicReference<Outcome>();
        // A platform thread: a job may occupy a processor for long, or run native code.
        Thread job = PlatformThreads.start("stele-job " + task.draft().kind(), () -> outcome.set(attempt(run)));
        Instant end = now().plus(task.draft().timeout());
        Optional<Outcome> early = Optional.empty();
        boolean had = true;
        while (had && !joined(job, untilLook(end, early.isPresent()))) {
            Optional<Task> still = store.renew(task, now().plus(lease), Optional.ofNullable(run.takeProgress()));
            had = still.isPresent();
            if (early.isEmpty()) {
                if (!had || still.get().cancelWanted()) {
                    early = Optional.of(new Outcome.Cancelled());
                } else if (now().isAfter(end)) {
                    early = Optional.of(
                            failed(task, "It took longer than " + task.draft().timeout() + ".", true));
                } else if (closed.get()) {
                    early = Optional.of(new Outcome.Again("Its process was stopped.", now()));
                }
            }
            if (early.isPresent()) {
                job.interrupt();
            }
        }
        Outcome own = outcome.get();
        // What was done was done, even if somebody wanted it to end early.
        Outcome ended = own instanceof Outcome.Done || early.isEmpty() ? own : early.get();
        if (had && ended != null && !store.end(task, ended, now())) {
            LOG.log(System.Logger.Level.WARNING, () -> "job " + task.id() + " was taken over by another worker");
        }
        news.release();
    }

    private Duration untilLook(Instant end, boolean told) {
        long beat = lease.toMillis() / 3;
        long left = told ? beat : Duration.between(now(), end).toMillis() + 1;
        return Duration.ofMillis(Math.clamp(left, 1, beat));
    }

    /** Whether a thread ended within this time; an interrupt of the waiting one is left for later. */
    private static boolean joined(Thread job, Duration most) {
        try {
            return job.join(most);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "a worker was woken", e);
            return false;
        }
    }

    private Outcome attempt(TaskRun run) {
        Task task = run.task();
        TaskHandler handler = handlers.get(task.draft().kind());
        if (handler == null) {
            return failed(
                    task,
                    "This Stele has no handler for jobs of kind " + task.draft().kind() + ".",
                    true);
        }
        try (Reservation _ =
                memory.charge(JOB_BYTES, new OverBudgetPolicy.Await(task.draft().timeout()))) {
            Map<String, @Nullable Object> result = handler.run(run);
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

    private static Outcome failed(Task task, String error, boolean mayHelp) {
        if (!mayHelp || task.attempts() >= task.draft().attempts()) {
            return new Outcome.Failed(error);
        }
        return new Outcome.Again(error, now().plus(Backoff.after(task.attempts())));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Interrupts what runs, puts it back into the queue, and ends the workers. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        news.release(workers.size() + 1);
        for (Thread worker : new ArrayList<>(workers)) {
            worker.interrupt();
        }
        boolean interrupted = false;
        for (Thread worker : workers) {
            try {
                worker.join(CLOSE_WAIT.toMillis()); // what it has is taken over by others when its lease ends
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
