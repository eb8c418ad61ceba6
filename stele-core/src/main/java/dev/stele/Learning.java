package dev.stele;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Backoff;
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
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The memory agent: learns from the interactions of all agents in the background. Each user's are learnt from in their order, those of
 * different users at once; of all processes one at a time works on an agent, by a lease that the system frees should it die. What waits
 * is in the store, so nothing is lost with a process. Thread-safe.
 *
 * <p>Started only where there is time for it, see {@link Stele#startLearning}; {@link #drain} works at once, on the caller's thread.
 */
final class Learning implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Learning.class.getName());
    private static final String LEASE = "reflect";
    /** How often work that other processes recorded is looked for. */
    static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);
    private static final Duration BETWEEN_TIDYING = Duration.ofHours(1);

    /** Set once, right after the memory is made that needs it. */
    private final AtomicReference<@Nullable Memory> owner = new AtomicReference<>();

    private final Semaphore news = new Semaphore(0);
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Semaphore workers;
    /** Agents at work in this process, with the thread that holds the lease. */
    private final Map<AgentName, Thread> busy = new ConcurrentHashMap<>();

    /** What those who hold a lease are at. */
    private final Map<AgentName, Lanes> atWork = new ConcurrentHashMap<>();

    private final Map<AgentName, Instant> notBefore = new ConcurrentHashMap<>();

    private record NotesOf(AgentName agent, Optional<String> user) {}

    /** When notes were last looked at for consolidation, of those for which there was reason to. */
    private final Map<NotesOf, Instant> tidied = new ConcurrentHashMap<>();

    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    Learning(int workers) {
        this.workers = new Semaphore(Math.max(1, workers));
    }

    void of(Memory memory) {
        owner.set(memory);
    }

    private Memory memory() {
        Memory memory = owner.get();
        if (memory == null) {
            throw new IllegalStateException("the memory agent has no memory yet");
        }
        return memory;
    }

    /** Says that there may be something to learn for an agent, in a lane or in any. Costs nothing where nobody works. */
    void wake(AgentName agent, Optional<String> lane) {
        Lanes working = atWork.get(agent);
        if (working != null) {
            working.recorded(lane);
        } else {
            wake();
        }
    }

    private void wake() {
        if (started.get()) {
            news.release();
        }
    }

    /** Begins to work in the background; once. */
    void start() {
        if (memory().config().readOnly() || !started.compareAndSet(false, true)) {
            return;
        }
        threads.add(Thread.ofPlatform().name("stele-learning").daemon().start(this::work));
    }

    private void work() {
        while (!closed.get()) {
            try {
                for (AgentName agent : memory().stores().due()) {
                    Instant until = notBefore.getOrDefault(agent, Instant.MIN);
                    if (!Instant.now().isBefore(until) && !busy.containsKey(agent)) {
                        Thread.ofVirtual().name("stele-learning " + agent).start(() -> attend(agent));
                    }
                }
                if (news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "the memory agent was woken", e); // the loop looks whether to go on
            } catch (SteleException e) {
                LOG.log(System.Logger.Level.WARNING, "the memory agent cannot look for work; trying again", e);
                pause();
            }
        }
    }

    private void pause() {
        try {
            news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the memory agent was woken", e);
        }
    }

    /** Learns from what waits for one agent, unless somebody does already. */
    private void attend(AgentName agent) {
        if (closed.get() || busy.putIfAbsent(agent, Thread.currentThread()) != null) {
            return;
        }
        try {
            // Where somebody else works we look again soon: it may die.
            Instant next = drainOnce(agent).orElse(Instant.now().plus(LOOK));
            if (next.equals(Instant.MAX)) {
                notBefore.remove(agent);
            } else {
                notBefore.put(agent, next);
            }
        } catch (NotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " is gone");
            clear(agent);
        } catch (SteleException e) {
            notBefore.put(agent, Instant.now().plus(LOOK));
            LOG.log(
                    closed.get() ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                    () -> "the memory agent leaves agent " + agent + " for later: " + e.getMessage());
        } finally {
            busy.remove(agent);
            wake(); // what was recorded meanwhile is looked at now and not in a second
        }
    }

    /**
     * Learns now from all that waits for an agent and is due, together with whoever does so already.
     *
     * @return how many interactions still wait: those that failed and are to be tried later
     */
    long drain(AgentName agent) throws InterruptedException {
        while (!closed.get()) {
            Memory memory = memory();
            Optional<Instant> next = drainOnce(agent);
            List<Interaction> firsts =
                    memory.read(agent, view -> view.reflection().firstPending(Lanes.MOST));
            boolean due = firsts.stream().anyMatch(one -> !one.notBefore().isAfter(Instant.now()));
            if (!due) {
                return memory.read(agent, view -> view.reflection().pendingCount(Integer.MAX_VALUE));
            }
            if (next.isEmpty()) {
                // Another process works on it; its steps are changes.
                long last = memory.read(agent, view -> view.lastChange());
                new AgentMemory(agent, memory).awaitChange(last, LOOK);
            }
        }
        return 0;
    }

    /**
     * Learns from what is due, if nobody else does.
     *
     * @return when there may be more; empty if somebody else has the lease
     */
    private Optional<Instant> drainOnce(AgentName agent) {
        Memory memory = memory();
        return memory.onExisting(agent, store -> {
            Optional<Lease> lease = store.lease(LEASE);
            if (lease.isEmpty()) {
                return Optional.empty();
            }
            try (Lease held = lease.get()) {
                Instant next = lanes(agent, held);
                if (next.equals(Instant.MAX)) {
                    memory.stores().clearDue(agent);
                    // Somebody may have recorded one between our last look and now.
                    boolean more = memory.read(agent, view -> view.reflection().pendingCount(1)) > 0;
                    if (more) {
                        memory.stores().markDue(agent);
                        return Optional.of(Instant.MIN);
                    }
                }
                return Optional.of(next);
            }
        });
    }

    /** Begins nothing more once the lease has passed on; what was begun then is written only if it still waits. */
    private Instant lanes(AgentName agent, Lease lease) {
        var lanes = new Lanes(memory(), agent, interaction -> learn(agent, interaction));
        atWork.put(agent, lanes);
        try {
            return lanes.run(() -> !closed.get() && lease.held());
        } finally {
            atWork.remove(agent);
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

    private void learn(AgentName agent, Interaction interaction) {
        var lesson = new Lesson(memory(), agent, interaction);
        try {
            workers.acquire();
            try {
                BackgroundThreads.run("stele-lesson", () -> learn(agent, lesson));
            } finally {
                workers.release();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> lesson + " is left for later"); // it waits in the store
        }
    }

    private void learn(AgentName agent, Lesson lesson) {
        try {
            lesson.learn();
            memory().giveWay();
            sumUp(agent, lesson.interaction());
            memory().giveWay();
            consolidate(agent, lesson.interaction());
        } catch (Throwable e) { // an error too is one more attempt, or it would be tried for ever
            if (!closed.get() && !Thread.currentThread().isInterrupted()) {
                fail(lesson, e);
            }
        }
    }

    /** What cannot be summed up now is with the next interaction. */
    private void sumUp(AgentName agent, Interaction interaction) {
        try {
            interaction.draft().session().ifPresent(session -> new Summary(memory(), agent).refresh(session));
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "a conversation of agent " + agent + " is summed up later: " + e.getMessage());
        }
    }

    /** What cannot be consolidated now is when the next interaction adds a note. */
    private void consolidate(AgentName agent, Interaction interaction) {
        var key = new NotesOf(agent, interaction.draft().user());
        Instant now = Instant.now();
        // Once an hour at most, whatever came of it: a model must not be asked with each interaction.
        boolean mine = tidied.merge(key, now, (last, _) -> last.isBefore(now.minus(BETWEEN_TIDYING)) ? now : last)
                .equals(now);
        if (!mine) {
            return;
        }
        try {
            var consolidations = new Consolidations(agent, memory());
            Optional<String> trigger = consolidations.trigger(key.user());
            if (trigger.isEmpty()) {
                tidied.remove(key, now);
            } else {
                consolidations.consolidate(key.user(), trigger.get());
            }
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "notes of agent " + agent + " are consolidated later: " + e.getMessage());
        }
    }

    private void fail(Lesson lesson, Throwable failure) {
        int attempts = lesson.interaction().attempts() + 1;
        boolean last = attempts >= memory().config().reflection().attempts();
        LOG.log(
                System.Logger.Level.WARNING,
                () -> "nothing could be learnt from " + lesson + (last ? "; it is given up" : "; trying again later")
                        + ": " + failure);
        try {
            lesson.failed(failure, last, Memory.now().plus(Backoff.after(attempts)));
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.WARNING, () -> lesson + " stays as it is: " + e.getMessage());
        }
    }

    private void clear(AgentName agent) {
        try {
            memory().stores().clearDue(agent);
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.DEBUG, "a note of work stays", e);
        }
    }

    /** Lets go of what is in work, which waits in the store for whoever works next. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        news.release();
        threads.forEach(Thread::interrupt);
        List<Thread> all = new ArrayList<>(busy.values());
        all.forEach(Thread::interrupt);
        threads.forEach(Learning::join);
        all.forEach(Learning::join);
    }
}
