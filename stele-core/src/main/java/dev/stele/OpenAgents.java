package dev.stele;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The open stores of a process, lent for the length of a call. An agent is opened once however many threads ask at once,
 * different agents in parallel; a failed open leaves nothing and the next call tries again. At most so many are open:
 * whoever needs a place takes that of the agent longest unused. Callers never hold a store beyond their call, so one can
 * be closed and opened again unseen.
 *
 * <p>Lock order: the map's own lock of one entry, nothing under it. Opening and closing happen outside it. Thread-safe.
 */
final class OpenAgents implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(OpenAgents.class.getName());
    private static final int TRIES = 3;

    private final Opener opener;
    private final Consumer<AgentStore> closing;
    private final Limits limits;
    private final Semaphore places;
    private final ConcurrentHashMap<AgentName, Slot> slots = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();

    /**
     * @param opener opens the store of an agent
     * @param closing is told of each store before it is closed; must not throw
     */
    OpenAgents(Opener opener, Consumer<AgentStore> closing, Limits limits) {
        this.opener = opener;
        this.closing = closing;
        this.limits = limits;
        this.places = new Semaphore(limits.openAgents(), true);
    }

    /** The place of one agent. Its two counters change only inside the map's atomic operations on its entry. */
    private static final class Slot {
        final CompletableFuture<AgentStore> store = new CompletableFuture<>();
        /** Whether a caller wants the agent to be made if it is not there. Changes inside the map's operations, from false. */
        volatile boolean make;

        int users;
        /** Taken out of the map; the last user closes it. */
        boolean retired;

        volatile long idleSince = System.nanoTime();

        Slot(boolean make) {
            this.make = make;
        }
    }

    /** Opens stores. */
    interface Opener {
        /**
         * @param make whether an agent that is not there is made
         * @throws NotFoundException if it is not there and is not to be made
         */
        AgentStore open(AgentName agent, boolean make);
    }

    /**
     * Runs a call on the open store of an agent.
     *
     * @param make whether an agent that is not there is made
     * @throws NotFoundException if it is not there and is not to be made
     */
    <T extends @Nullable Object> T with(AgentName agent, boolean make, Function<? super AgentStore, T> call) {
        var deadline = Deadline.in(limits.patience());
        var pause = new BackoffPause();
        for (int attempt = 1; ; attempt++) {
            Slot slot = acquire(agent, make);
            boolean replaced = false;
            try {
                Optional<AgentStore> store = store(agent, slot, make);
                if (store.isPresent()) {
                    return call.apply(store.get());
                }
            } catch (AgentReplacedException e) {
                replaced = true;
            } finally {
                release(agent, slot, replaced);
            }
            // Whoever forgets or restores it takes a while between saying so and being done.
            if (attempt >= TRIES && !pause.before(deadline)) {
                throw new AgentBusyException("Agent \"" + agent + "\" was being looked for, forgotten or restored for "
                        + limits.patience() + "; try again.");
            }
        }
    }

    /** Whether an agent is open, so that it was there a moment ago. */
    boolean holds(AgentName agent) {
        // A slot is there, too, while somebody looks for an agent that is not.
        Slot slot = slots.get(agent);
        return slot != null && slot.store.state() == Future.State.SUCCESS;
    }

    private Slot acquire(AgentName agent, boolean make) {
        var fresh = new Slot(make);
        Slot slot = slots.compute(agent, (_, known) -> {
            // Asked inside, so that no slot can appear after close() has seen the last one.
            if (closed.get()) {
                throw new ClosedException("This Stele is closed; open it again.");
            }
            Slot used = known == null ? fresh : known;
            used.users++;
            used.make |= make;
            return used;
        });
        if (slot == fresh) {
            open(agent, slot);
        }
        return slot;
    }

    private void open(AgentName agent, Slot slot) {
        boolean placed = false;
        try {
            takePlace(agent);
            placed = true;
            slot.store.complete(openOrMake(agent, slot));
            opened.incrementAndGet();
        } catch (RuntimeException | Error e) {
            if (placed) {
                places.release();
            }
            retire(agent, slot);
            slot.store.completeExceptionally(e);
        }
    }

    /** Makes the agent if anybody who came meanwhile wants it: those who only look for it must not keep it from being made. */
    private AgentStore openOrMake(AgentName agent, Slot slot) {
        boolean make = slot.make;
        while (true) {
            try {
                return opener.open(agent, make);
            } catch (NotFoundException e) {
                if (make || !isToBeMade(agent, slot)) {
                    throw e;
                }
                make = true;
            }
        }
    }

    /** Whether a caller on this slot wants the agent to be made; if not, no further caller comes to the slot. */
    private boolean isToBeMade(AgentName agent, Slot slot) {
        slots.compute(agent, (_, known) -> {
            slot.retired = !slot.make;
            return known == slot && slot.retired ? null : known;
        });
        return slot.make;
    }

    private void takePlace(AgentName agent) {
        long end = System.nanoTime() + limits.patience().toNanos();
        try {
            while (!places.tryAcquire()) {
                if (evictLongestIdle()) {
                    continue;
                }
                if (places.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                    return;
                }
                if (System.nanoTime() > end) {
                    throw new AgentBusyException(
                            "Agent \"%s\" could not be opened within %s: all %d places are in use at once (limits.open-agents). Try again."
                                    .formatted(agent, Durations.text(limits.patience()), limits.openAgents()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited to open agent " + agent + ".");
        }
    }

    private boolean evictLongestIdle() {
        record Idle(AgentName agent, Slot slot, long since) {}
        Optional<Idle> longest = slots.entrySet().stream()
                .filter(entry -> entry.getValue().users == 0) // a hint; decided again under the entry's lock
                .map(entry -> new Idle(entry.getKey(), entry.getValue(), entry.getValue().idleSince))
                .min(Comparator.comparingLong(idle -> idle.since() - System.nanoTime()));
        return longest.isPresent()
                && closeIfIdle(longest.get().agent(), longest.get().slot());
    }

    /**
     * The store of a slot; waits for the thread that opens it.
     *
     * @param again whether the caller tries again if the agent is not there
     * @return empty if the agent is not there and the caller tries again
     */
    private Optional<AgentStore> store(AgentName agent, Slot slot, boolean again) {
        try {
            // Opening waits for a place at most as long as its patience, then for the disk.
            return Optional.of(slot.store.get(limits.patience().multipliedBy(2).toNanos(), TimeUnit.NANOSECONDS));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotFoundException && again) {
                return Optional.empty();
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AgentBusyException("Agent \"" + agent + "\" is still being opened by another thread; try again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while agent " + agent + " was being opened.");
        }
    }

    private void release(AgentName agent, Slot slot, boolean replaced) {
        if (replaced) {
            retire(agent, slot);
        }
        slot.idleSince = System.nanoTime();
        var last = new AtomicBoolean();
        slots.compute(agent, (_, known) -> {
            slot.users--;
            last.set(slot.users == 0 && slot.retired);
            return known;
        });
        if (last.get()) {
            close(slot);
        }
    }

    private void retire(AgentName agent, Slot slot) {
        slots.compute(agent, (_, known) -> {
            slot.retired = true;
            return known == slot ? null : known;
        });
    }

    private boolean closeIfIdle(AgentName agent, Slot slot) {
        var mine = new AtomicBoolean();
        slots.compute(agent, (_, known) -> {
            if (known == slot && slot.users == 0) {
                slot.retired = true;
                mine.set(true);
                return null;
            }
            return known;
        });
        if (mine.get()) {
            close(slot);
        }
        return mine.get();
    }

    private void close(Slot slot) {
        if (slot.store.isCompletedExceptionally()) {
            return; // it never held a place
        }
        AgentStore store = slot.store.join();
        try {
            closing.accept(store);
            store.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "agent " + store.agent() + " did not close cleanly", e);
        } finally {
            places.release();
        }
    }

    /** Closes agents unused for this long. */
    void closeIdle(long nanos) {
        long now = System.nanoTime();
        slots.forEach((agent, slot) -> {
            if (now - slot.idleSince > nanos) {
                closeIfIdle(agent, slot);
            }
        });
    }

    /** Lets go of an agent now if nobody uses it, so that its files can be taken away. */
    void letGo(AgentName agent) {
        Slot slot = slots.get(agent);
        if (slot != null) {
            closeIfIdle(agent, slot);
        }
    }

    List<AgentName> open() {
        return new ArrayList<>(slots.keySet());
    }

    /** How many agents are open. */
    int count() {
        return limits.openAgents() - places.availablePermits();
    }

    /** How often an agent was opened so far. */
    long opens() {
        return opened.get();
    }

    /** Refuses new calls, waits for running ones and closes all. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        for (AgentName agent : open()) {
            Slot slot = slots.get(agent);
            if (slot != null) {
                var idle = new AtomicBoolean();
                slots.compute(agent, (_, known) -> {
                    slot.retired = true;
                    idle.set(slot.users == 0 && known == slot);
                    return known == slot ? null : known;
                });
                if (idle.get()) {
                    close(slot); // else its last user does
                }
            }
        }
        try {
            // All places are free once the last running call is done.
            if (places.tryAcquire(limits.openAgents(), limits.patience().toNanos(), TimeUnit.NANOSECONDS)) {
                places.release(limits.openAgents());
            } else {
                LOG.log(System.Logger.Level.WARNING, "closed while calls still ran after " + limits.patience());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
