package dev.stele.reflect;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Backoff;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Reflection worker: processes the interactions of all agents in the background.
 *
 * <p>The interactions of one user are processed in order, those of different users in parallel. Of all processes only
 * one works on an agent at a time; it holds a lease that the system releases if the process dies. Pending interactions
 * are in the store, so nothing is lost with a process. Thread-safe.
 *
 * <p>The worker is started only on request, see {@link dev.stele.Stele#startLearning}; {@link #drain} processes interactions on
 * the caller's thread.
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

    private final List<Thread> threads = new CopyOnWriteArrayList<>();

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
        threads.add(Thread.ofPlatform().name("stele-learning").daemon().start(this::work));
    }

    private void work() {
        while (!closed.get()) {
            try {
                for (AgentName agent : engine.stores().due()) {
                    Instant until = notBefore.getOrDefault(agent, Instant.MIN);
                    if (!Instant.now().isBefore(until) && !busy.containsKey(agent)) {
                        Thread.ofVirtual().name("stele-learning " + agent).start(() -> processAgent(agent));
                    }
                }
                if (wakeUps.tryAcquire(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                    wakeUps.drainPermits();
                }
            } catch (InterruptedException e) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "the memory agent was woken",
                        e); // the loop checks whether to continue
            } catch (SteleException e) {
                LOG.log(System.Logger.Level.WARNING, "the memory agent cannot look for work; trying again", e);
                pause();
            }
        }
    }

    private void pause() {
        try {
            wakeUps.tryAcquire(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the memory agent was woken", e);
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
            if (next.equals(Instant.MAX)) {
                notBefore.remove(agent);
            } else {
                notBefore.put(agent, next);
            }
        } catch (NotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " is gone");
            clear(agent);
        } catch (SteleException e) {
            notBefore.put(agent, Instant.now().plus(POLL_INTERVAL));
            LOG.log(
                    closed.get() ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                    () -> "the memory agent leaves agent " + agent + " for later: " + e.getMessage());
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
                    .anyMatch(interaction -> !interaction.notBefore().isAfter(Instant.now()));
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
                engine, agent, interaction -> reflect(agent, interaction), POLL_INTERVAL, ReflectionWorker::join);
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
                BackgroundThreads.run("stele-lesson", () -> reflect(agent, step));
            } finally {
                workers.release();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> step + " is left for later"); // it stays pending in the store
        }
    }

    private void reflect(AgentName agent, ReflectionStep step) {
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
        boolean last = attempts >= engine.config().reflection().attempts();
        LOG.log(
                System.Logger.Level.WARNING,
                () -> "nothing could be learnt from " + step + (last ? "; it is given up" : "; trying again later")
                        + ": " + failure);
        try {
            step.failed(failure, last, Engine.now().plus(Backoff.after(attempts)));
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.WARNING, () -> step + " stays as it is: " + e.getMessage());
        }
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
        wakeUps.release();
        threads.forEach(Thread::interrupt);
        List<Thread> all = new ArrayList<>(busy.values());
        all.forEach(Thread::interrupt);
        threads.forEach(ReflectionWorker::join);
        all.forEach(ReflectionWorker::join);
    }
}
