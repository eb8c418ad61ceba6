package dev.stele.engine;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.WriterStats;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pool of the open stores of a process. A store is held for the duration of one call.
 *
 * <p>An agent is opened once, however many threads request it at once; different agents are opened in parallel. A
 * failed open leaves no entry, and the next call tries again. The number of open stores is limited: an agent that needs
 * a permit takes the one of the store that was idle longest. Callers must not keep a store beyond their call, so a
 * store can be closed and opened again between calls.
 *
 * <p>Lock order: the map's lock of one entry, and no lock inside it. Stores are opened and closed outside that lock.
 * Thread-safe.
 */
final class StorePool implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(StorePool.class.getName());
    /** Number of attempts to use an agent before the call pauses between attempts. */
    private static final int MAX_ATTEMPTS_WITHOUT_PAUSE = 3;

    private final Opener opener;
    private final Consumer<AgentStore> closing;
    private final BiFunction<String, Runnable, Thread> threads;
    private final Limits limits;
    private final Semaphore permits;
    private final ConcurrentHashMap<AgentName, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();
    /** Entries without users that no thread could be started to close; any thread but a writer closes them. */
    private final Queue<Entry> unclosed = new ConcurrentLinkedQueue<>();
    /** Time that writes to agents that are closed now have waited for write locks. */
    private final LongAdder closedWaitNanos = new LongAdder();
    /** Greatest sum so far: the time of a store that is being closed is in neither part of the next one. */
    private final AtomicLong maxWaitNanos = new AtomicLong();

    /**
     * @param opener opens the store of an agent
     * @param closing receives each store before it is closed; must not throw
     * @param threads creates an unstarted thread from its name and its task
     * @param limits maximum number of open agents, and the time to wait for a permit
     */
    StorePool(
            Opener opener, Consumer<AgentStore> closing, BiFunction<String, Runnable, Thread> threads, Limits limits) {
        this.opener = opener;
        this.closing = closing;
        this.threads = threads;
        this.limits = limits;
        this.permits = new Semaphore(limits.openAgents(), true);
    }

    /**
     * Pool entry of one agent. {@code users} and {@code retired} change only inside the map's atomic operations on the
     * entry.
     */
    private static final class Entry {
        final CompletableFuture<AgentStore> store = new CompletableFuture<>();
        /**
         * Whether a caller wants the agent to be created if it does not exist. Changes only from false to true, inside
         * the map's operations.
         */
        volatile boolean create;

        int users;
        /** Whether the entry is removed from the map; its last user closes it. */
        boolean retired;

        volatile long idleSince = System.nanoTime();

        Entry(boolean create) {
            this.create = create;
        }
    }

    /** Opens stores. */
    interface Opener {
        /**
         * @param create whether an agent that does not exist is created
         * @throws NotFoundException if the agent does not exist and {@code create} is false
         */
        AgentStore open(AgentName agent, boolean create);
    }

    /**
     * Runs a call on the open store of an agent.
     *
     * @param agent the agent
     * @param create whether the agent is created if it does not exist
     * @param call uses the store, which must not be used after the call
     * @return the result of {@code call}
     * @throws NotFoundException if the agent does not exist and {@code create} is false
     * @throws AgentBusyException if no permit became free, or the agent was being erased or restored, for as long as
     *     {@code limits.wait-timeout}
     */
    <T extends @Nullable Object> T withStore(AgentName agent, boolean create, Function<? super AgentStore, T> call) {
        var deadline = Deadline.in(limits.waitTimeout());
        var pause = new BackoffPause();
        for (int attempt = 1; ; attempt++) {
            Entry entry = acquire(agent, create);
            boolean replaced = false;
            try {
                Optional<AgentStore> store = store(agent, entry, create);
                if (store.isPresent()) {
                    return call.apply(store.get());
                }
            } catch (AgentReplacedException e) {
                replaced = true;
            } finally {
                release(agent, entry, replaced);
            }
            // An erasure or restore takes a while between its announcement and its end.
            if (attempt >= MAX_ATTEMPTS_WITHOUT_PAUSE && !pause.before(deadline)) {
                throw new AgentBusyException("Agent \"" + agent + "\" was being looked for, forgotten or restored for "
                        + limits.waitTimeout() + "; try again.");
            }
        }
    }

    /**
     * Submits a write to the store of an agent, which is created if it does not exist. The store is held until the
     * result of the write is there.
     *
     * @param agent the agent
     * @param write submits the write; the store must not be used after the result is there
     * @return the future that {@code write} returned. It fails with {@link AgentReplacedException} if the agent was
     *     replaced or erased meanwhile, and the caller tries again
     * @throws AgentBusyException if no permit became free
     */
    <T extends @Nullable Object> CompletableFuture<T> submit(
            AgentName agent, Function<? super AgentStore, CompletableFuture<T>> write) {
        Entry entry = acquire(agent, true);
        CompletableFuture<T> result;
        try {
            Optional<AgentStore> store = store(agent, entry, true);
            result = store.isPresent()
                    ? write.apply(store.get())
                    : CompletableFuture.failedFuture(new AgentReplacedException("agent " + agent));
        } catch (AgentReplacedException e) {
            result = CompletableFuture.failedFuture(e);
        } catch (RuntimeException | Error e) {
            release(agent, entry, false);
            throw e;
        }
        CompletableFuture<T> _ = result.whenComplete(
                (_, failure) -> releaseFromWriter(agent, entry, failure instanceof AgentReplacedException));
        return result;
    }

    /** Releases an entry on the thread that commits its store, and so closes the store on another. */
    private void releaseFromWriter(AgentName agent, Entry entry, boolean replaced) {
        if (!leave(agent, entry, replaced)) {
            return;
        }
        try {
            threads.apply("stele-close " + agent, () -> close(entry)).start();
        } catch (Throwable e) { // the system has no thread left
            unclosed.add(entry);
            LOG.log(System.Logger.Level.WARNING, "agent " + agent + " is closed later", e);
        }
    }

    /** Closes what no thread could be started for. Returns whether there was anything. */
    private boolean closeUnclosed() {
        boolean any = false;
        for (Entry entry = unclosed.poll(); entry != null; entry = unclosed.poll()) {
            close(entry);
            any = true;
        }
        return any;
    }

    /** Returns whether an agent is open, which implies that it existed a moment ago. */
    boolean isOpen(AgentName agent) {
        // An entry also exists while a thread looks for an agent that does not exist.
        Entry entry = entries.get(agent);
        return entry != null && entry.store.state() == Future.State.SUCCESS;
    }

    private Entry acquire(AgentName agent, boolean create) {
        var fresh = new Entry(create);
        Entry entry = entries.compute(agent, (_, current) -> {
            if (closed.get()) {
                throw new ClosedException("This Stele is closed; open it again.");
            }
            Entry used = current == null ? fresh : current;
            used.users++;
            used.create |= create;
            return used;
        });
        if (closed.get()) {
            retire(agent, entry); // close() may have looked through the entries before; the last user closes the store
        }
        if (entry == fresh) {
            open(agent, entry);
        }
        return entry;
    }

    private void open(AgentName agent, Entry entry) {
        boolean permitAcquired = false;
        try {
            acquirePermit(agent);
            permitAcquired = true;
            entry.store.complete(openOrCreate(agent, entry));
            opened.incrementAndGet();
        } catch (RuntimeException | Error e) {
            if (permitAcquired) {
                permits.release();
            }
            retire(agent, entry);
            entry.store.completeExceptionally(e);
        }
    }

    /**
     * Opens the agent, or creates it if a caller that joined meanwhile requests that: callers that only look for an
     * agent must not prevent its creation.
     */
    private AgentStore openOrCreate(AgentName agent, Entry entry) {
        boolean create = entry.create;
        while (true) {
            try {
                return opener.open(agent, create);
            } catch (NotFoundException e) {
                if (create || !isToBeCreated(agent, entry)) {
                    throw e;
                }
                create = true;
            }
        }
    }

    /**
     * Returns whether a caller of this entry wants the agent to be created; if not, the entry is removed and no further
     * caller joins it.
     */
    private boolean isToBeCreated(AgentName agent, Entry entry) {
        entries.compute(agent, (_, current) -> {
            entry.retired = !entry.create;
            return current == entry && entry.retired ? null : current;
        });
        return entry.create;
    }

    private void acquirePermit(AgentName agent) {
        long deadlineNanos = System.nanoTime() + limits.waitTimeout().toNanos();
        try {
            while (!permits.tryAcquire()) {
                if (closeUnclosed() || evictLongestIdle()) {
                    continue;
                }
                if (permits.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                    return;
                }
                if (System.nanoTime() > deadlineNanos) {
                    throw new AgentBusyException(
                            "Agent \"%s\" could not be opened within %s: all %d places are in use at once (limits.open-agents). Try again."
                                    .formatted(agent, Durations.text(limits.waitTimeout()), limits.openAgents()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited to open agent " + agent + ".");
        }
    }

    private boolean evictLongestIdle() {
        record Idle(AgentName agent, Entry entry, long since) {}
        Optional<Idle> longest = entries.entrySet().stream()
                .filter(entry -> entry.getValue().users == 0) // a hint; checked again under the entry's lock
                .map(entry -> new Idle(entry.getKey(), entry.getValue(), entry.getValue().idleSince))
                .min(Comparator.comparingLong(idle -> idle.since() - System.nanoTime()));
        return longest.isPresent()
                && closeIfIdle(longest.get().agent(), longest.get().entry());
    }

    /**
     * Returns the store of an entry; waits for the thread that opens it.
     *
     * @param again whether the caller tries again if the agent does not exist
     * @return empty if the agent does not exist and {@code again} is true
     */
    private Optional<AgentStore> store(AgentName agent, Entry entry, boolean again) {
        try {
            // Opening waits for a permit at most as long as {@code limits.wait-timeout}, then for the disk.
            return Optional.of(
                    entry.store.get(limits.waitTimeout().multipliedBy(2).toNanos(), TimeUnit.NANOSECONDS));
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

    private void release(AgentName agent, Entry entry, boolean replaced) {
        if (leave(agent, entry, replaced)) {
            close(entry);
        }
    }

    /** Ends the use of an entry. Returns whether the caller must close it. */
    private boolean leave(AgentName agent, Entry entry, boolean replaced) {
        if (replaced) {
            retire(agent, entry);
        }
        entry.idleSince = System.nanoTime();
        var last = new AtomicBoolean();
        entries.compute(agent, (_, current) -> {
            entry.users--;
            last.set(entry.users == 0 && entry.retired);
            return current;
        });
        return last.get();
    }

    private void retire(AgentName agent, Entry entry) {
        entries.compute(agent, (_, current) -> {
            entry.retired = true;
            return current == entry ? null : current;
        });
    }

    private boolean closeIfIdle(AgentName agent, Entry entry) {
        var removed = new AtomicBoolean();
        entries.compute(agent, (_, current) -> {
            if (current == entry && entry.users == 0) {
                entry.retired = true;
                removed.set(true);
                return null;
            }
            return current;
        });
        if (removed.get()) {
            close(entry);
        }
        return removed.get();
    }

    private void close(Entry entry) {
        if (entry.store.isCompletedExceptionally()) {
            return; // it never held a permit
        }
        AgentStore store = entry.store.join();
        try {
            Closing.closeAll(() -> closing.accept(store), store);
        } catch (Throwable e) { // the caller has no part in it, and other stores are closed next
            LOG.log(System.Logger.Level.WARNING, "agent " + store.agent() + " did not close cleanly", e);
        } finally {
            closedWaitNanos.add(store.writerStats().totalWait().toNanos());
            permits.release();
        }
    }

    /** Closes agents that were idle for longer than {@code nanos} nanoseconds. */
    void closeIdle(long nanos) {
        closeUnclosed();
        long now = System.nanoTime();
        entries.forEach((agent, entry) -> {
            if (now - entry.idleSince > nanos) {
                closeIfIdle(agent, entry);
            }
        });
    }

    /** Closes an agent now if no call uses it, so that its files can be deleted. */
    void evict(AgentName agent) {
        Entry entry = entries.get(agent);
        if (entry != null) {
            closeIfIdle(agent, entry);
        }
    }

    List<AgentName> open() {
        return new ArrayList<>(entries.keySet());
    }

    /** Returns the number of open agents. */
    int count() {
        return limits.openAgents() - permits.availablePermits();
    }

    /** Returns how many times an agent was opened so far. */
    long openCount() {
        return opened.get();
    }

    /** Returns the state of the writes to each open agent. */
    List<WriterStats> writerStats() {
        return entries.values().stream()
                .filter(entry -> entry.store.state() == Future.State.SUCCESS)
                .map(entry -> entry.store.resultNow().writerStats())
                .toList();
    }

    /** Returns the time that writes have waited for the write locks of all agents so far. It never decreases. */
    Duration writeLockWait() {
        long closedNanos = closedWaitNanos.sum(); // first, so that a store that closes meanwhile does not count twice
        long openNanos = writerStats().stream()
                .mapToLong(writer -> writer.totalWait().toNanos())
                .sum();
        return Duration.ofNanos(maxWaitNanos.accumulateAndGet(closedNanos + openNanos, Math::max));
    }

    /** Rejects new calls, waits for running calls, and closes all stores. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        for (AgentName agent : open()) {
            Entry entry = entries.get(agent);
            if (entry != null) {
                var idle = new AtomicBoolean();
                entries.compute(agent, (_, current) -> {
                    entry.retired = true;
                    idle.set(entry.users == 0 && current == entry);
                    return current == entry ? null : current;
                });
                if (idle.get()) {
                    close(entry); // otherwise its last user closes it
                }
            }
        }
        closeUnclosed();
        try {
            // All permits are free once the last running call ends.
            if (permits.tryAcquire(limits.openAgents(), limits.waitTimeout().toNanos(), TimeUnit.NANOSECONDS)) {
                permits.release(limits.openAgents());
            } else {
                LOG.log(System.Logger.Level.WARNING, "closed while calls still ran after " + limits.waitTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
