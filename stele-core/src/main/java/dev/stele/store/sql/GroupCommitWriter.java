package dev.stele.store.sql;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.Durations;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of this process that writes an agent. It takes all edits that wait, runs them in one transaction and
 * answers every caller after the commit is on stable storage; while one commit waits for the disk the next group
 * gathers, so the disk's speed is shared by all callers and no timer is needed.
 *
 * <p>The thread is started by the first edit. It is never interrupted: an interrupt would close files that other threads use.
 */
public final class GroupCommitWriter implements AutoCloseable {

    private static final int MAX_EDITS = 512;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

    /** Of the writer; changed by compare-and-set, so that a thread is started by no write that comes after the close. */
    private enum Lifecycle {
        NEW,
        STARTED,
        CLOSED
    }

    private enum State {
        WAITING,
        TAKEN,
        GIVEN_UP
    }

    private static final class Edit<T extends @Nullable Object> {
        final Function<? super SqlEdit, T> body;
        final Deadline deadline;
        /** Decides the race between the writer, which takes the edit, and its caller, who may give up. */
        final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

        final CompletableFuture<T> answer = new CompletableFuture<>();
        // Written and read by the writer's thread alone.
        @Nullable
        Runnable outcome;

        Edit(Function<? super SqlEdit, T> body, Deadline deadline) {
            this.body = body;
            this.deadline = deadline;
        }

        /** Whether the writer has it, now or already; its caller has not given up then, and will not. */
        boolean take() {
            return state.get() == State.TAKEN || state.compareAndSet(State.WAITING, State.TAKEN);
        }

        void run(SqlEdit on) {
            T value = body.apply(on);
            outcome = () -> answer.complete(value);
        }

        void fail(Throwable e) {
            outcome = () -> answer.completeExceptionally(e);
        }
    }

    private static final Edit<String> STOP = new Edit<>(_ -> "", new Deadline(0));

    private final String what;
    private final Transactions transactions;
    private final Duration wait;
    private final LongConsumer committed;
    private final LinkedBlockingQueue<Edit<?>> waiting;
    private final Thread thread;
    private final AtomicReference<Lifecycle> lifecycle = new AtomicReference<>(Lifecycle.NEW);

    /**
     * @param what the agent, for errors
     * @param threads creates the thread that writes, not yet started, from its name and its work
     * @param committed is told the number of the latest change after each commit, on the writer's thread
     */
    public GroupCommitWriter(
            String what,
            Transactions transactions,
            BiFunction<String, Runnable, Thread> threads,
            int mostWaiting,
            Duration wait,
            LongConsumer committed) {
        this.what = what;
        this.transactions = transactions;
        this.wait = wait;
        this.committed = committed;
        this.waiting = new LinkedBlockingQueue<>(mostWaiting);
        this.thread = threads.apply("stele-writer " + what, this::work);
    }

    /**
     * Has an edit done and returns after it is durable.
     *
     * @throws AgentBusyException if its turn did not come in time; it is not done then
     */
    public <T extends @Nullable Object> T write(Function<? super SqlEdit, T> body) {
        var edit = new Edit<T>(limited(body), Deadline.in(wait));
        enqueue(edit);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (edit.state.get() == State.TAKEN) {
                        return edit.answer.get(); // it runs now, and the writer's own waits are bounded
                    }
                    return edit.answer.get(Math.max(1, edit.deadline.left()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (edit.state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
                        throw busy();
                    }
                } catch (InterruptedException e) {
                    if (edit.state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
                        Thread.currentThread().interrupt();
                        throw new AgentBusyException("The thread was interrupted before its write to " + what
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

    /** An edit that is held to the limits of the request it belongs to, since all others wait while it runs. */
    private static <T extends @Nullable Object> Function<? super SqlEdit, T> limited(
            Function<? super SqlEdit, T> body) {
        return WorkBudget.current()
                .<Function<? super SqlEdit, T>>map(limits -> on -> WorkBudget.apply(limits, body, on))
                .orElse(body);
    }

    private void enqueue(Edit<?> edit) {
        if (lifecycle.compareAndSet(Lifecycle.NEW, Lifecycle.STARTED)) {
            thread.start();
        }
        try {
            if (isClosed()) {
                throw new ClosedException("The memory of " + what + " is closed; open it again to write.");
            }
            if (!waiting.offer(edit, edit.deadline.left(), TimeUnit.NANOSECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException(
                    "The thread was interrupted before its write to " + what + " was queued; nothing was written.");
        }
        if (isClosed() && edit.state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
            throw new ClosedException("The memory of " + what + " was closed; open it again to write.");
        }
    }

    private boolean isClosed() {
        return lifecycle.get() == Lifecycle.CLOSED;
    }

    private AgentBusyException busy() {
        return new AgentBusyException(
                "No turn to write %s within %s: %d writes wait here, and %s. Nothing was written; try again."
                        .formatted(what, Durations.text(wait), waiting.size(), transactions.inTheWay()));
    }

    private void work() {
        var group = new ArrayList<Edit<?>>();
        boolean stop = false;
        while (!stop) {
            try {
                group.add(waiting.take());
            } catch (InterruptedException e) {
                continue; // nobody interrupts this thread on purpose
            }
            waiting.drainTo(group, MAX_EDITS - 1);
            stop = group.remove(STOP);
            group.removeIf(edit -> edit.state.get() == State.GIVEN_UP);
            if (!group.isEmpty()) {
                commit(group);
                group.clear();
            }
        }
        transactions.drop();
    }

    private void commit(List<Edit<?>> group) {
        Deadline deadline = latest(group);
        BackoffPause pause = new BackoffPause();
        long last = 0;
        boolean again;
        do {
            again = false;
            try (var _ = transactions.take(deadline)) {
                List<Edit<?>> taken = group.stream().filter(Edit::take).toList();
                last = taken.isEmpty() ? 0 : transact(taken, deadline);
            } catch (UncheckedSqlException e) {
                transactions.drop();
                again = transactions.passes(e.sql()) && pause.before(deadline);
                if (!again) {
                    failAll(group, transactions.error(e.sql()));
                }
            } catch (SteleException | AgentReplacedException e) {
                transactions.drop();
                failAll(group, e);
            } catch (RuntimeException | Error e) {
                transactions.drop();
                failAll(group, new StelePersistenceException("Writing " + what + " failed: " + e, e));
            }
        } while (again);
        if (last > 0) {
            committed.accept(last);
        }
        // Answered after the turn is given on: waking callers must not keep other processes waiting.
        for (Edit<?> edit : group) {
            if (edit.outcome != null) {
                edit.outcome.run();
            }
        }
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

    /** Runs a group in one transaction and returns the number of the latest change. */
    private long transact(List<Edit<?>> group, Deadline deadline) {
        SqlEdit edit = transactions.begin(deadline);
        if (!runPlainly(group, edit)) {
            // An edit failed after it had begun to write. Editing again with a savepoint around each costs twice, and
            // only then; savepoints around all edits would cost always.
            transactions.rollback();
            edit = transactions.begin(deadline);
            runWithSavepoints(group, edit);
        }
        transactions.commit(edit);
        return edit.lastChange();
    }

    private boolean runPlainly(List<Edit<?>> group, SqlEdit on) {
        for (Edit<?> edit : group) {
            long before = on.db.updates();
            try {
                edit.run(on);
            } catch (UncheckedSqlException e) {
                return orThrow(e);
            } catch (RuntimeException | Error e) {
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

    /** False if it was one edit's fault; else the whole group is to be done again, which is not for here to do. */
    private boolean orThrow(UncheckedSqlException e) {
        if (transactions.passes(e.sql())) {
            throw e;
        }
        return false;
    }

    private void runWithSavepoints(List<Edit<?>> group, SqlEdit on) {
        for (Edit<?> edit : group) {
            on.db.run("savepoint edit");
            long last = on.lastChange();
            try {
                edit.run(on);
                on.db.run("release savepoint edit");
            } catch (RuntimeException | Error e) {
                if (e instanceof UncheckedSqlException failure && !transactions.harmsOneEditOnly(failure.sql())) {
                    throw e;
                }
                try {
                    on.db.drop();
                    on.db.run("rollback to savepoint edit");
                } catch (UncheckedSqlException gone) {
                    e.addSuppressed(gone);
                    throw e; // the whole transaction went with the failure, as it may when there is no room
                }
                on.db.run("release savepoint edit");
                on.rewindTo(last);
                edit.fail(e instanceof UncheckedSqlException failure ? transactions.error(failure.sql()) : e);
            }
        }
    }

    /** Finishes the edits that were accepted, waiting for them as long as any edit would wait. Idempotent. */
    @Override
    public void close() {
        if (lifecycle.getAndSet(Lifecycle.CLOSED) != Lifecycle.STARTED) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                waiting.put(STOP);
                thread.join(CLOSE_WAIT.plus(wait));
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Edit<?> late;
        while ((late = waiting.poll()) != null) {
            if (late.state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
                late.answer.completeExceptionally(new ClosedException(
                        "The memory of " + what + " was closed before the write; nothing was written."));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
