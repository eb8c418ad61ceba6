package dev.stele.reflect;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Backoff;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.FailureLog;
import dev.stele.concurrent.GuardedLoop;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.Interaction;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import dev.stele.store.AgentStore.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reflection worker: processes the interactions of all agents in the background.
 *
 * <p>The interactions of one user are processed in order, those of different users in parallel. Of all processes only
 * one works on an agent at a time; it holds a lease that the system releases if the process dies. Pending interactions
 * are in the store, so nothing is lost with a process. Thread-safe.
 *
 * <p>The worker is started only on request, see {@link dev.stele.Stele#startLearning}; {@link #drain} processes
 * interactions on the caller's thread.
 */
public final class ReflectionWorker implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ReflectionWorker.class.getName());
    private static final String LEASE = "reflect";
    /** Interval between searches for interactions that other processes recorded. */
    static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    /** Maximum time that close waits for each thread. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);
    /** Minimum interval between consolidations of the notes of one user. */
    private static final Duration CONSOLIDATION_INTERVAL = Duration.ofHours(1);

    private final Engine engine;
    private final Semaphore wakeUps = new Semaphore(0);
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Semaphore workers;
    /** Agents that this process works on, with the thread that holds the lease. */
    private final Map<AgentName, Thread> busy = new ConcurrentHashMap<>();

    /** Schedulers of the agents whose leases this process holds. */
    private final Map<AgentName, UserQueues> schedulers = new ConcurrentHashMap<>();

    private final Map<AgentName, Instant> notBefore = new ConcurrentHashMap<>();

    private record NotesOf(AgentName agent, Optional<String> user) {}

    /** When the notes of a user were last checked for consolidation; only users whose notes needed one. */
    private final Map<NotesOf, Instant> lastConsolidationCheck = new ConcurrentHashMap<>();

    /** Interactions whose latest failure could not be written to the store. */
    private final UnrecordedFailures unrecorded = new UnrecordedFailures();

    private final FailureLog failures = new FailureLog(LOG);
    private final AtomicReference<@Nullable GuardedLoop> loop = new AtomicReference<>();

    /** @param engine the engine, which the caller closes after this worker */
    public ReflectionWorker(Engine engine) {
        this.engine = engine;
        this.workers = new Semaphore(Math.max(1, engine.config().reflection().workers()));
    }

    /**
     * Notifies the worker of a recorded interaction. A call is cheap if the worker is not started.
     *
     * @param userQueue the user queue of the interaction; empty if it is not known
     */
    public void wake(AgentName agent, Optional<String> userQueue) {
        UserQueues scheduler = schedulers.get(agent);
        if (scheduler != null) {
            scheduler.recorded(userQueue);
        } else {
            wake();
        }
    }

    private void wake() {
        if (started.get()) {
            wakeUps.release();
        }
    }

    /** Starts the background thread, once; does nothing in a read-only memory. */
    public void start() {
        if (engine.config().readOnly() || !started.compareAndSet(false, true)) {
            return;
        }
        loop.set(GuardedLoop.start("stele-learning", LOG, PlatformThreads::unstarted, this::work));
    }

    private void work(GuardedLoop loop) throws InterruptedException {
        for (AgentName agent : engine.stores().due()) {
            Instant until = notBefore.getOrDefault(agent, Instant.MIN);
            if (!Instant.now().isBefore(until) && !busy.containsKey(agent)) {
                // A platform thread, because the store may run native code.
                PlatformThreads.start("stele-learning " + agent, () -> processAgent(agent));
            }
        }
        if (wakeUps.tryAcquire(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            wakeUps.drainPermits();
        }
    }

    /** Processes the pending interactions of one agent, unless a thread of this process already does. */
    private void processAgent(AgentName agent) {
        if (closed.get() || busy.putIfAbsent(agent, Thread.currentThread()) != null) {
            return;
        }
        try {
            // If another process holds the lease, this one checks again soon, because the other process may die.
            Instant next = drainIfFree(agent).orElse(Instant.now().plus(POLL_INTERVAL));
            failures.succeeded("reflection of agent " + agent);
            if (next.equals(Instant.MAX)) {
                notBefore.remove(agent);
            } else {
                notBefore.put(agent, next);
            }
        } catch (NotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " is gone");
            clear(agent);
        } catch (Throwable e) { // also unforeseen errors, because no caller of the thread would report them
            int count = closed.get() ? 1 : failures.failed("reflection of agent " + agent, e);
            notBefore.put(agent, Instant.now().plus(Backoff.after(count)));
        } finally {
            busy.remove(agent);
            wake(); // interactions that were recorded meanwhile are processed now and not in a second
        }
    }

    /**
     * Processes all pending interactions of an agent that are due. If another process holds the lease, this method
     * waits for that process.
     *
     * @return number of interactions that remain pending: those that failed and are retried later
     */
    public long drain(AgentName agent) throws InterruptedException {
        while (!closed.get()) {
            Optional<Instant> next = drainIfFree(agent);
            List<Interaction> firsts =
                    engine.read(agent, view -> view.reflection().firstPending(UserQueues.MAX_USERS));
            boolean due = firsts.stream()
                    .anyMatch(interaction -> !dueAt(agent, interaction).isAfter(Instant.now()));
            if (!due) {
                return engine.read(agent, view -> view.reflection().pendingCount(Integer.MAX_VALUE));
            }
            if (next.isEmpty()) {
                // Another process works on the agent; each processed interaction is a change.
                long last = engine.read(agent, view -> view.lastChange());
                engine.awaitChange(agent, last, POLL_INTERVAL);
            }
        }
        return 0;
    }

    /**
     * Processes the due interactions of an agent if the lease is free.
     *
     * @return when the next interaction may be due; empty if another owner holds the lease
     */
    private Optional<Instant> drainIfFree(AgentName agent) {
        return engine.withStore(agent, store -> {
            Optional<Lease> lease = store.lease(LEASE);
            if (lease.isEmpty()) {
                return Optional.empty();
            }
            try (Lease held = lease.get()) {
                Instant next = runQueues(agent, held);
                if (next.equals(Instant.MAX)) {
                    engine.stores().clearDue(agent);
                    // An interaction may have been recorded between the last read and now.
                    boolean more = engine.read(agent, view -> view.reflection().pendingCount(1)) > 0;
                    if (more) {
                        engine.stores().markDue(agent);
                        return Optional.of(Instant.MIN);
                    }
                }
                return Optional.of(next);
            }
        });
    }

    /**
     * Runs the scheduler of an agent. It starts no interaction once the lease is lost; an interaction that is still
     * running then is written only if it is still pending.
     */
    private Instant runQueues(AgentName agent, Lease lease) {
        var queues = new UserQueues(
                engine,
                agent,
                interaction -> dueAt(agent, interaction),
                interaction -> reflect(agent, interaction),
                POLL_INTERVAL,
                ReflectionWorker::join);
        schedulers.put(agent, queues);
        try {
            return queues.run(() -> !closed.get() && lease.held());
        } finally {
            schedulers.remove(agent);
        }
    }

    static void join(Thread thread) {
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(CLOSE_WAIT);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void reflect(AgentName agent, Interaction interaction) {
        var step = new ReflectionStep(engine, agent, interaction);
        try {
            workers.acquire();
            try {
                BackgroundThreads.run("stele-reflection", () -> reflect(agent, step));
            } finally {
                workers.release();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> step + " is left for later"); // it stays pending in the store
        }
    }

    private void reflect(AgentName agent, ReflectionStep step) {
        if (recordedEarlier(agent)) {
            return; // the queue looks again at what is due now
        }
        try {
            step.run();
            engine.yieldToForeground();
            summarize(agent, step.interaction());
            engine.yieldToForeground();
            consolidate(agent, step.interaction());
        } catch (Throwable e) { // errors count as attempts, too; otherwise the interaction would be retried forever
            if (!closed.get() && !Thread.currentThread().isInterrupted()) {
                fail(step, e);
            }
        }
    }

    /** Updates the summary of the session; after a failure the next interaction does it. */
    private void summarize(AgentName agent, Interaction interaction) {
        try {
            interaction.draft().session().ifPresent(session -> new SessionSummarizer(engine, agent).refresh(session));
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "a conversation of agent " + agent + " is summed up later: " + e.getMessage());
        }
    }

    /** Consolidates the user's notes if needed; after a failure the next interaction that adds a note does it. */
    private void consolidate(AgentName agent, Interaction interaction) {
        var key = new NotesOf(agent, interaction.draft().user());
        Instant now = Instant.now();
        // At most once an hour, whatever the result: the language model must not be called with every interaction.
        boolean due = lastConsolidationCheck
                .merge(key, now, (last, _) -> last.isBefore(now.minus(CONSOLIDATION_INTERVAL)) ? now : last)
                .equals(now);
        if (!due) {
            return;
        }
        try {
            var consolidations = new Consolidations(agent, engine);
            Optional<String> trigger = consolidations.trigger(key.user());
            if (trigger.isEmpty()) {
                lastConsolidationCheck.remove(key, now);
            } else {
                consolidations.consolidate(key.user(), trigger.get());
            }
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "notes of agent " + agent + " are consolidated later: " + e.getMessage());
        }
    }

    private void fail(ReflectionStep step, Throwable failure) {
        int attempts = step.interaction().attempts() + 1;
        boolean last = isLast(attempts);
        LOG.log(
                System.Logger.Level.WARNING,
                () -> "nothing could be learnt from " + step + (last ? "; it is given up" : "; trying again later")
                        + ": " + failure);
        var entry = new UnrecordedFailures.Entry(step, failure);
        try {
            write(entry);
        } catch (NotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the agent of " + step + " is gone");
        } catch (Throwable e) { // the failure counts all the same, also if it cannot be written
            unrecorded.add(step.agent(), entry);
            failures.failed(recording(step.agent()), e);
        }
    }

    private boolean isLast(int attempts) {
        return attempts >= engine.config().reflection().attempts();
    }

    private static String recording(AgentName agent) {
        return "the record of failed reflections of agent " + agent;
    }

    private void write(UnrecordedFailures.Entry entry) {
        int attempts = entry.step().interaction().attempts() + 1;
        entry.step().failed(entry.failure(), isLast(attempts), Engine.now().plus(Backoff.after(attempts)));
    }

    /**
     * Writes the failures of an agent that could not be written when they occurred.
     *
     * @return false if there were none, so that the caller may process an interaction
     */
    private boolean recordedEarlier(AgentName agent) {
        boolean any = false;
        for (var next = unrecorded.poll(agent); next.isPresent(); next = unrecorded.poll(agent)) {
            any = true;
            UnrecordedFailures.Entry entry = next.get();
            try {
                write(entry);
                failures.succeeded(recording(agent));
            } catch (NotFoundException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "the agent of " + entry.step() + " is gone");
            } catch (Throwable e) {
                unrecorded.add(agent, entry);
                failures.failed(recording(agent), e);
                return true;
            }
            unrecorded.written(agent);
        }
        return any;
    }

    /** Returns when an interaction may be processed, also considering failures that could not be written. */
    private Instant dueAt(AgentName agent, Interaction interaction) {
        return unrecorded
                .retryAt(agent)
                .filter(interaction.notBefore()::isBefore)
                .orElse(interaction.notBefore());
    }

    private void clear(AgentName agent) {
        try {
            engine.stores().clearDue(agent);
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.DEBUG, "a note of work stays", e);
        }
    }

    /**
     * Stops the worker. Interactions in progress stay pending in the store, for any process to process later.
     * Idempotent.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        GuardedLoop running = loop.get();
        if (running != null) {
            running.stop();
        }
        wakeUps.release();
        List<Thread> all = new ArrayList<>(busy.values());
        all.forEach(Thread::interrupt);
        Closing.closeAll(
                () -> {
                    if (running != null && !running.join(CLOSE_WAIT)) {
                        LOG.log(System.Logger.Level.WARNING, "reflection still runs after " + CLOSE_WAIT);
                    }
                },
                () -> all.forEach(ReflectionWorker::join));
    }
}
