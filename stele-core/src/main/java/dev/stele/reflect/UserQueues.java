package dev.stele.reflect;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.Interaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Scheduler of the reflections of one agent: one at a time per user, in the order of recording, and of different users
 * in parallel. The interactions of one user form a user queue.
 *
 * <p>The next interaction of a user is looked up from the one before it, so the cost of an interaction does not grow
 * with the number of pending ones. One thread runs the scheduler; other threads notify it of recorded interactions.
 */
final class UserQueues {

    /** Maximum number of users whose first pending interactions are read at once. */
    static final int MAX_USERS = 64;

    private sealed interface Event {
        /** The reflection of an interaction ended, successfully or not. */
        record Done(Interaction interaction) implements Event {}

        /** An interaction was recorded in a user queue; empty if the queue is not known. */
        record Recorded(Optional<String> userQueue) implements Event {}
    }

    private final Engine engine;
    private final AgentName agent;
    private final Function<Interaction, Instant> dueAt;
    private final Consumer<Interaction> process;
    private final Duration pollInterval;
    private final Consumer<Thread> join;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    // The following fields are used only by the thread that calls run.
    private final Map<String, Thread> running = new HashMap<>();
    /**
     * Whether more users may have pending interactions than were read. They are read before the next interactions of
     * users that were served, for fairness.
     */
    private boolean moreUsers;

    private long lastReadNanos;
    private Instant nextDue = Instant.MAX;

    /**
     * @param dueAt returns when an interaction may be processed
     * @param process processes one interaction, throws nothing, and ends soon when interrupted
     * @param pollInterval interval between searches for interactions that other processes recorded
     * @param join waits for the end of an interrupted thread
     */
    UserQueues(
            Engine engine,
            AgentName agent,
            Function<Interaction, Instant> dueAt,
            Consumer<Interaction> process,
            Duration pollInterval,
            Consumer<Thread> join) {
        this.engine = engine;
        this.agent = agent;
        this.dueAt = dueAt;
        this.process = process;
        this.pollInterval = pollInterval;
        this.join = join;
    }

    /** Notifies the scheduler of a recorded interaction; empty if its user queue is not known. Thread-safe. */
    void recorded(Optional<String> userQueue) {
        events.add(new Event.Recorded(userQueue));
    }

    /**
     * Processes interactions until none is due.
     *
     * @param mayContinue whether further interactions may be started; once false, the method only waits for the running
     *     ones
     * @return when the next interaction is due; {@link Instant#MAX} if none is pending
     */
    Instant run(BooleanSupplier mayContinue) {
        try {
            boolean readAll = true;
            while (true) {
                boolean mayStart = mayContinue.getAsBoolean();
                if (!mayStart) {
                    nextDue = Instant.MAX;
                } else if (readAll) {
                    poll();
                }
                if (running.isEmpty() && (readAll || !mayStart)) {
                    return nextDue;
                }
                readAll = await(mayStart);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return nextDue;
        } finally {
            // Threads remain only after an interrupt or a failed read. The lease must not be released before they end.
            running.values().forEach(Thread::interrupt);
            running.values().forEach(join);
        }
    }

    private void poll() {
        lastReadNanos = System.nanoTime();
        nextDue = Instant.MAX;
        List<Interaction> firsts = engine.read(agent, view -> view.reflection().firstPending(MAX_USERS));
        moreUsers = firsts.size() == MAX_USERS;
        firsts.forEach(this::start);
    }

    private void start(Interaction first) {
        Instant due = dueAt.apply(first);
        if (due.isAfter(Instant.now())) {
            nextDue = due.isBefore(nextDue) ? due : nextDue;
            return;
        }
        running.computeIfAbsent(
                first.userQueue(),
                _ -> PlatformThreads.start("stele-reflection", () -> {
                    try {
                        process.accept(first);
                    } finally {
                        events.add(new Event.Done(first));
                    }
                }));
    }

    /**
     * Waits for events and starts the next interactions of free user queues; returns whether all user queues must be
     * read.
     */
    private boolean await(boolean mayStart) throws InterruptedException {
        var ended = new ArrayList<Interaction>();
        boolean readAll = false;
        for (Event event = events.poll(pollInterval.toMillis(), TimeUnit.MILLISECONDS);
                event != null;
                event = events.poll()) {
            switch (event) {
                case Event.Done(Interaction interaction) -> {
                    running.remove(interaction.userQueue());
                    ended.add(interaction);
                }
                case Event.Recorded(Optional<String> userQueue) ->
                    readAll |= userQueue.filter(running::containsKey).isEmpty();
            }
        }
        if (moreUsers) {
            readAll = running.size() <= MAX_USERS / 2;
        }
        readAll |= running.isEmpty() || System.nanoTime() - lastReadNanos >= pollInterval.toNanos();
        if (mayStart && !readAll && !moreUsers) {
            startNext(ended);
        }
        return readAll;
    }

    private void startNext(List<Interaction> ended) {
        engine.<List<Interaction>>read(
                        agent,
                        view -> ended.stream()
                                .flatMap(interaction -> view.reflection().pendingFrom(interaction).stream())
                                .toList())
                .forEach(this::start);
    }
}
