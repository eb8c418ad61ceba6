package dev.stele.store.sql;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.WithdrawableFuture;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.WriterStats;
import dev.stele.store.AgentReplacedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Group-commit writer: the only thread of this process that writes to an agent. The thread takes all waiting edits,
 * runs them in one transaction, and completes every caller after the commit is on stable storage. The next group
 * gathers while a commit waits for the disk. The cost of a disk flush is therefore shared by all callers, and no timer
 * is needed.
 *
 * <p>The first edit starts the thread. The thread is never interrupted, because an interrupt would close files that
 * other threads use.
 */
public final class GroupCommitWriter implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(GroupCommitWriter.class.getName());

    /** Maximum number of edits in one transaction. */
    private static final int MAX_EDITS = 512;
    /** Time that {@link #close} waits for the last transaction, in addition to the time that an edit may wait. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

    /** Minimum time from which on a wait for the write lock is worth showing. */
    private static final Duration MIN_WAIT_SHOWN = Duration.ofMillis(10);

    /** State of the writer. It changes by compare-and-set, so that no write after the close starts a thread. */
    private enum Lifecycle {
        NEW,
        STARTED,
        CLOSED
    }

    /** State of an edit: queued, taken by the writer thread, or abandoned by its caller. */
    private enum State {
        WAITING,
        TAKEN,
        GIVEN_UP
    }

    private static final class Edit<T extends @Nullable Object> {
        final Function<? super SqlEdit, T> body;
        final Deadline deadline;
        /** Resolves the race between the writer thread, which takes the edit, and the caller, which may abandon it. */
        final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

        final CompletableFuture<T> answer = new WithdrawableFuture<>(this::giveUp);
        /** Whether no caller waits and gives the edit up past its deadline. */
        final boolean unattended;
        // Accessed by the writer thread only.
        @Nullable
        Runnable outcome;

        /** Whether the edit has exceeded its time, so that it is not run again with the rest of its group. */
        boolean overTime;

        Edit(Function<? super SqlEdit, T> body, Deadline deadline, boolean unattended) {
            this.body = body;
            this.deadline = deadline;
            this.unattended = unattended;
        }

        /**
         * Marks the edit as taken by the writer thread.
         *
         * @return false if the caller has abandoned the edit; after true the caller cannot abandon it any more
         */
        boolean take() {
            return state.get() == State.TAKEN || state.compareAndSet(State.WAITING, State.TAKEN);
        }

        /**
         * Abandons the edit.
         *
         * @return false if the writer thread has taken it
         */
        boolean giveUp() {
            return state.compareAndSet(State.WAITING, State.GIVEN_UP);
        }

        void run(SqlEdit on) {
            on.begin();
            T value = body.apply(on);
            on.end();
            outcome = () -> answer.complete(value);
        }

        /**
         * Fails the edit, which is not run again. A function of a caller may still run in it, so its transaction must
         * not be continued.
         */
        void exceed(Throwable e) {
            overTime = true;
            fail(e);
        }

        void fail(Throwable e) {
            outcome = () -> answer.completeExceptionally(e);
        }
    }

    private static final Edit<String> STOP = new Edit<>(_ -> "", new Deadline(0), false);

    private final String label;
    private final Transactions transactions;
    private final Duration maxWait;
    private final LongConsumer committed;
    private final LinkedBlockingQueue<Edit<?>> queue;
    private final Thread thread;
    /** Open until the thread has ended, or no thread could be started for a writer that was closed. */
    private final CountDownLatch ended = new CountDownLatch(1);

    private final AtomicReference<Lifecycle> lifecycle = new AtomicReference<>(Lifecycle.NEW);

    /** Value of {@link System#nanoTime} when the wait for the write lock began; 0 while the writer does not wait. */
    private volatile long waitingSince;
    /** Time that the writer has waited for the write lock, in nanoseconds. */
    private final AtomicLong totalWaitNanos = new AtomicLong();

    /**
     * Creates a writer whose thread is not started yet.
     *
     * @param label name of the agent, for error messages and the thread name
     * @param transactions transactions on the agent's database
     * @param threads creates the unstarted writer thread from its name and its task
     * @param maxQueued maximum number of edits that wait for the writer thread
     * @param maxWait maximum time that an edit waits for its start
     * @param committed receives the number of the latest change after each commit, on the writer thread
     */
    public GroupCommitWriter(
            String label,
            Transactions transactions,
            BiFunction<String, Runnable, Thread> threads,
            int maxQueued,
            Duration maxWait,
            LongConsumer committed) {
        this.label = label;
        this.transactions = transactions;
        this.maxWait = maxWait;
        this.committed = committed;
        this.queue = new LinkedBlockingQueue<>(maxQueued);
        this.thread = threads.apply("stele-writer " + label, this::work);
    }

    /**
     * Submits an edit and blocks until it is durably committed.
     *
     * @param body the edit; it may be run more than once
     * @return the result of the edit
     * @throws AgentBusyException if the edit did not start in time or the thread was interrupted before it started;
     *     nothing was written
     * @throws ClosedException if the writer is closed
     */
    public <T extends @Nullable Object> T write(Function<? super SqlEdit, T> body) {
        Edit<T> edit = enqueue(body, false);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (edit.state.get() == State.TAKEN) {
                        return edit.answer.get(); // the edit is running, and the waits of the writer are bounded
                    }
                    return edit.answer.get(Math.max(1, edit.deadline.left()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (edit.giveUp()) {
                        throw busy();
                    }
                } catch (InterruptedException e) {
                    if (edit.giveUp()) {
                        Thread.currentThread().interrupt();
                        throw new AgentBusyException("The thread was interrupted before its write to " + label
                                + " began; nothing was written.");
                    }
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException cause -> throw cause;
                        case Error cause -> throw cause;
                        case null, default -> throw new IllegalStateException(e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Submits an edit without waiting for its commit. Blocks only while the queue is full.
     *
     * @param body the edit; it may be run more than once
     * @return the result of the edit, completed on the writer thread, which dependents must not hold up. It fails with
     *     {@link AgentBusyException} if the edit did not start in time; nothing was written. Canceling it withdraws an
     *     edit that did not start
     * @throws AgentBusyException if the queue stayed full or the thread was interrupted; nothing was written
     * @throws ClosedException if the writer is closed
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Function<? super SqlEdit, T> body) {
        return enqueue(body, true).answer;
    }

    /** Returns the edit with the work budget of its request applied, since all other edits wait while it runs. */
    private static <T extends @Nullable Object> Function<? super SqlEdit, T> limited(
            Function<? super SqlEdit, T> body) {
        return WorkBudget.current()
                .<Function<? super SqlEdit, T>>map(limits -> on -> WorkBudget.apply(limits, body, on))
                .orElse(body);
    }

    /**
     * Queues an edit. Blocks while the queue is full.
     *
     * @param unattended whether no caller waits for the result
     */
    private <T extends @Nullable Object> Edit<T> enqueue(Function<? super SqlEdit, T> body, boolean unattended) {
        var edit = new Edit<T>(limited(body), Deadline.in(maxWait), unattended);
        if (lifecycle.compareAndSet(Lifecycle.NEW, Lifecycle.STARTED)) {
            startThread();
        }
        try {
            if (isClosed()) {
                throw new ClosedException("The memory of " + label + " is closed; open it again to write.");
            }
            if (!queue.offer(edit, edit.deadline.left(), TimeUnit.NANOSECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException(
                    "The thread was interrupted before its write to " + label + " was queued; nothing was written.");
        }
        if (isClosed() && edit.giveUp()) {
            throw new ClosedException("The memory of " + label + " was closed; open it again to write.");
        }
        return edit;
    }

    /** Starts the thread; if the system has none to give, the next edit tries again. */
    private void startThread() {
        boolean started = false;
        try {
            thread.start();
            started = true;
        } finally {
            if (!started && !lifecycle.compareAndSet(Lifecycle.STARTED, Lifecycle.NEW)) {
                ended.countDown(); // it was closed meanwhile
            }
        }
    }

    private boolean isClosed() {
        return lifecycle.get() == Lifecycle.CLOSED;
    }

    private AgentBusyException busy() {
        return new AgentBusyException(
                "No turn to write %s within %s: %d writes wait here, and %s. Nothing was written; try again."
                        .formatted(label, Durations.text(maxWait), queue.size(), transactions.inTheWay()));
    }

    private void work() {
        try {
            commitGroups();
        } finally {
            ended.countDown();
        }
    }

    private void commitGroups() {
        var group = new ArrayList<Edit<?>>();
        boolean stop = false;
        while (!stop) {
            try {
                group.add(queue.take());
            } catch (InterruptedException e) {
                continue; // no code interrupts this thread on purpose
            }
            queue.drainTo(group, MAX_EDITS - 1);
            stop = group.remove(STOP);
            group.removeIf(this::isGivenUp);
            if (!group.isEmpty()) {
                try {
                    commit(group);
                } catch (Throwable e) { // without its thread, every further write would wait in vain
                    abandon(group, e);
                }
                group.clear();
            }
        }
        transactions.drop();
    }

    /** Returns whether the caller has abandoned the edit, or its time is over and no caller would notice. */
    private boolean isGivenUp(Edit<?> edit) {
        if (edit.unattended && edit.deadline.left() <= 0 && edit.giveUp()) {
            edit.answer.completeExceptionally(busy());
        }
        return edit.state.get() == State.GIVEN_UP;
    }

    /** Answers the callers of a group after an error that nothing foresees, such as a lack of memory. */
    private void abandon(List<Edit<?>> group, Throwable failure) {
        LOG.log(System.Logger.Level.ERROR, "the writer of " + label + " failed and goes on", failure);
        for (Edit<?> edit : group) {
            boolean _ = edit.take();
            edit.answer.completeExceptionally(new StelePersistenceException(
                    "Writing " + label + " failed unexpectedly; see the log of this process. It is not known whether "
                            + "the write was done; look before you try again.",
                    failure));
        }
        try {
            transactions.drop();
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.ERROR, "the connection of the writer of " + label + " is lost", e);
        }
    }

    private void commit(List<Edit<?>> group) {
        Deadline deadline = latest(group);
        BackoffPause pause = new BackoffPause();
        long last = 0;
        boolean retry;
        do {
            retry = false;
            waitBegins();
            try (var _ = transactions.take(deadline)) {
                List<Edit<?>> taken = group.stream().filter(Edit::take).toList();
                last = taken.isEmpty() ? 0 : transact(taken, deadline);
            } catch (UncheckedSqlException e) {
                transactions.drop();
                retry = transactions.passes(e.sql()) && pause.before(deadline);
                if (!retry) {
                    failAll(group, transactions.error(e.sql()));
                }
            } catch (SteleException | AgentReplacedException e) {
                transactions.drop();
                failAll(group, e);
            } catch (RuntimeException | Error e) {
                transactions.drop();
                LOG.log(System.Logger.Level.ERROR, "writing " + label + " failed", e);
                failAll(
                        group,
                        new StelePersistenceException(
                                "Writing " + label + " failed unexpectedly; see the log of this process.", e));
            } finally {
                waitEnds();
            }
        } while (retry);
        if (last > 0) {
            committed.accept(last);
        }
        // Callers are completed after the write lock is released: waking them must not delay other processes.
        for (Edit<?> edit : group) {
            if (edit.outcome != null) {
                edit.outcome.run();
            }
        }
    }

    private void waitBegins() {
        waitingSince = System.nanoTime() | 1; // 0 has another meaning
    }

    /** Ends the wait for the write lock, if it has not ended before. */
    private void waitEnds() {
        long since = waitingSince;
        if (since != 0) {
            long _ = totalWaitNanos.addAndGet(System.nanoTime() - since);
            waitingSince = 0;
        }
    }

    /**
     * Returns the state of the writes. Thread-safe; waits for nothing but a read of the lock file while a group waits.
     *
     * @param agent the agent that is written to
     */
    public WriterStats stats(AgentName agent) {
        long since = waitingSince;
        Optional<Duration> waiting = Optional.of(Duration.ofNanos(System.nanoTime() - since))
                .filter(time -> since != 0 && time.compareTo(MIN_WAIT_SHOWN) >= 0);
        return new WriterStats(
                agent,
                queue.size(),
                waiting,
                waiting.map(_ -> transactions.holder()),
                Duration.ofNanos(totalWaitNanos.get()));
    }

    private static void failAll(List<Edit<?>> group, RuntimeException e) {
        for (Edit<?> edit : group) {
            if (edit.take()) {
                edit.fail(e);
            }
        }
    }

    private static Deadline latest(List<Edit<?>> group) {
        return group.stream()
                .map(edit -> edit.deadline)
                .max(java.util.Comparator.comparingLong(Deadline::left))
                .orElseThrow();
    }

    /**
     * Runs a group in one transaction.
     *
     * @return number of the latest change
     */
    private long transact(List<Edit<?>> group, Deadline deadline) {
        SqlEdit edit = transactions.begin(deadline); // some databases lock the agent only here
        waitEnds();
        if (!runPlainly(group, edit)) {
            // An edit failed after it had begun to write. The group runs a second time with a savepoint around each
            // edit. That doubles the cost in this rare case only; savepoints around all edits would cost in every case.
            do {
                transactions.rollback();
                edit = transactions.begin(deadline);
            } while (!runWithSavepoints(group, edit));
        }
        transactions.commit(edit);
        return edit.lastChange();
    }

    private boolean runPlainly(List<Edit<?>> group, SqlEdit on) {
        for (Edit<?> edit : group) {
            if (edit.overTime) {
                continue;
            }
            long before = on.db.updates();
            try {
                edit.run(on);
            } catch (UncheckedSqlException e) {
                return orThrow(e);
            } catch (RuntimeException | Error e) {
                if (on.isAbandoned()) {
                    edit.exceed(e);
                    return false;
                }
                if (on.db.updates() != before) {
                    return false;
                }
                edit.fail(e);
            }
        }
        try {
            on.db.send();
            return true;
        } catch (UncheckedSqlException e) {
            return orThrow(e);
        }
    }

    /**
     * Classifies a failure within a group.
     *
     * @return false if a single edit caused the failure
     * @throws UncheckedSqlException if the whole group must be repeated, which the caller has to do
     */
    private boolean orThrow(UncheckedSqlException e) {
        if (transactions.passes(e.sql())) {
            throw e;
        }
        return false;
    }

    /** @return false if an edit exceeded its time, and the others are to be run again without it */
    private boolean runWithSavepoints(List<Edit<?>> group, SqlEdit on) {
        for (Edit<?> edit : group) {
            if (edit.overTime) {
                continue; // the others do not wait for it a second time
            }
            on.db.run("savepoint edit");
            long last = on.lastChange();
            try {
                edit.run(on);
                on.db.run("release savepoint edit");
            } catch (RuntimeException | Error e) {
                if (on.isAbandoned()) {
                    edit.exceed(e);
                    return false;
                }
                if (e instanceof UncheckedSqlException failure && !transactions.isStatementLevel(failure.sql())) {
                    throw e;
                }
                try {
                    on.db.drop();
                    on.db.run("rollback to savepoint edit");
                } catch (UncheckedSqlException gone) {
                    e.addSuppressed(gone);
                    throw e; // the failure ended the whole transaction, as a full disk may
                }
                on.db.run("release savepoint edit");
                on.rewindTo(last);
                edit.fail(e instanceof UncheckedSqlException failure ? transactions.error(failure.sql()) : e);
            }
        }
        return true;
    }

    /** Completes the accepted edits, waiting as long as an edit may wait plus 30 s. Idempotent. */
    @Override
    public void close() {
        if (lifecycle.getAndSet(Lifecycle.CLOSED) != Lifecycle.STARTED) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                queue.put(STOP);
                // Not a join of the thread: a caller that has just begun to start it may not have come to that yet.
                if (ended.await(CLOSE_WAIT.plus(maxWait).toNanos(), TimeUnit.NANOSECONDS)
                        && thread.getState() != Thread.State.NEW) {
                    thread.join();
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Edit<?> late;
        while ((late = queue.poll()) != null) {
            if (late.giveUp()) {
                late.answer.completeExceptionally(new ClosedException(
                        "The memory of " + label + " was closed before the write; nothing was written."));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
