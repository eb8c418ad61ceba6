package dev.stele.store.sqlite;

import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplaced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of this process that writes an agent. It takes all edits that wait, runs them in one transaction and
 * answers every caller after the commit is on stable storage; while one commit waits for the disk the next group
 * gathers, so the disk's speed is shared by all callers and no timer is needed.
 *
 * <p>A platform thread: SQLite's calls would pin a virtual thread to its carrier for the length of an fsync. It is
 * started by the first edit. It is never interrupted, since an interrupt would close the queue's file.
 */
final class GroupCommitWriter implements AutoCloseable {

    private static final int MOST_EDITS = 512;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

    /** Opens the connection; called again after any failure, because a failed connection may stay unusable. */
    interface Opener {
        Db open();
    }

    private enum State {
        WAITING,
        TAKEN,
        GIVEN_UP
    }

    private static final class Edit<T extends @Nullable Object> {
        final Function<? super SqliteEdit, T> body;
        final Deadline deadline;
        /** Decides the race between the writer, which takes the edit, and its caller, who may give up. */
        final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

        final CompletableFuture<T> answer = new CompletableFuture<>();
        // Written and read by the writer's thread alone.
        @Nullable
        Runnable outcome;

        Edit(Function<? super SqliteEdit, T> body, Deadline deadline) {
            this.body = body;
            this.deadline = deadline;
        }

        void run(SqliteEdit on) {
            T value = body.apply(on);
            outcome = () -> answer.complete(value);
        }

        void fail(RuntimeException e) {
            outcome = () -> answer.completeExceptionally(e);
        }
    }

    private static final Edit<String> STOP = new Edit<>(_ -> "", new Deadline(0));

    private final String what;
    private final java.nio.file.Path file;
    private final Opener opener;
    private final WriterQueue turns;
    private final Duration wait;
    private final LongConsumer committed;
    private final Optional<ChangeStamp> stamp;
    private final LinkedBlockingQueue<Edit<?>> waiting;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;
    private final AtomicBoolean started = new AtomicBoolean();
    // The writer's thread alone.
    private @Nullable Db connection;

    /**
     * @param what the agent, for errors
     * @param stamp is told of every commit
     * @param committed is told the number of the latest change after each commit, on the writer's thread
     */
    GroupCommitWriter(
            String what,
            java.nio.file.Path file,
            Opener opener,
            WriterQueue turns,
            int mostWaiting,
            Duration wait,
            Optional<ChangeStamp> stamp,
            LongConsumer committed) {
        this.what = what;
        this.file = file;
        this.opener = opener;
        this.turns = turns;
        this.wait = wait;
        this.stamp = stamp;
        this.committed = committed;
        this.waiting = new LinkedBlockingQueue<>(mostWaiting);
        this.thread = Thread.ofPlatform().name("stele-writer " + what).daemon().unstarted(this::work);
    }

    /**
     * Has an edit done and returns after it is durable.
     *
     * @throws AgentBusyException if its turn did not come in time; it is not done then
     */
    <T extends @Nullable Object> T write(Function<? super SqliteEdit, T> body) {
        var edit = new Edit<T>(body, Deadline.in(wait));
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
                    if (e.getCause() instanceof RuntimeException cause) {
                        throw cause;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void enqueue(Edit<?> edit) {
        if (started.compareAndSet(false, true)) {
            thread.start();
        }
        try {
            if (closed.get()) {
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
        if (closed.get() && edit.state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
            throw new ClosedException("The memory of " + what + " was closed; open it again to write.");
        }
    }

    private AgentBusyException busy() {
        return new AgentBusyException(
                "No turn to write %s within %s: %d writes wait here, and %s is held by %s. Nothing was written; try again."
                        .formatted(what, wait, waiting.size(), file.resolveSibling("writer.lock"), turns.holder()));
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
            waiting.drainTo(group, MOST_EDITS - 1);
            stop = group.remove(STOP);
            group.removeIf(edit -> edit.state.get() == State.GIVEN_UP);
            if (!group.isEmpty()) {
                commit(group);
                group.clear();
            }
        }
        dropConnection();
    }

    private void commit(List<Edit<?>> group) {
        long last = 0;
        List<Edit<?>> taken = List.of();
        try (var _ = turns.take(what, latest(group))) {
            taken = group.stream()
                    .filter(edit -> edit.state.compareAndSet(State.WAITING, State.TAKEN))
                    .toList();
            last = transact(taken);
        } catch (SqlFailure e) {
            dropConnection();
            failAll(group, Sqlite.error("Writing " + what, file, e.sql()));
        } catch (SteleException | AgentReplaced e) {
            dropConnection();
            failAll(group, e);
        } catch (RuntimeException | Error e) {
            dropConnection();
            failAll(group, new StelePersistenceException("Writing " + what + " failed: " + e, e));
        }
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
            if (edit.state.get() == State.TAKEN || edit.state.compareAndSet(State.WAITING, State.TAKEN)) {
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
    private long transact(List<Edit<?>> group) {
        Db db = connection();
        var edit = begin(db);
        if (!runPlainly(group, db, edit)) {
            // An edit failed after it had begun to write. Editing again with a savepoint around each costs twice, and
            // only then; savepoints around all edits would cost always.
            db = rolledBack(db);
            edit = begin(db);
            runWithSavepoints(group, db, edit);
        }
        stamp.ifPresent(ChangeStamp::commitBegins);
        db.run("commit");
        stamp.ifPresent(ChangeStamp::commitEnded);
        return edit.lastChange();
    }

    private SqliteEdit begin(Db db) {
        db.run("begin immediate");
        var edit = new SqliteEdit(db, file);
        if (edit.replaced()) {
            throw new AgentReplaced(what);
        }
        return edit;
    }

    /** A connection without a transaction: SQLite gives some up by itself, as when there is no room, and then there is none to end. */
    private Db rolledBack(Db db) {
        try {
            db.run("rollback");
            return db;
        } catch (SqlFailure e) {
            dropConnection();
            return connection();
        }
    }

    private static boolean runPlainly(List<Edit<?>> group, Db db, SqliteEdit on) {
        for (Edit<?> edit : group) {
            long before = db.updates();
            try {
                edit.run(on);
            } catch (RuntimeException e) {
                if (db.updates() != before || e instanceof SqlFailure) {
                    return false;
                }
                edit.fail(e);
            }
        }
        return true;
    }

    private void runWithSavepoints(List<Edit<?>> group, Db db, SqliteEdit on) {
        for (Edit<?> edit : group) {
            db.run("savepoint edit");
            long last = on.lastChange();
            try {
                edit.run(on);
                db.run("release edit");
            } catch (RuntimeException e) {
                if (e instanceof SqlFailure failure && !Sqlite.harmsOneEditOnly(failure.sql())) {
                    throw e;
                }
                try {
                    db.run("rollback to edit");
                } catch (SqlFailure gone) {
                    e.addSuppressed(gone);
                    throw e; // the whole transaction went with the failure, as it may when there is no room
                }
                db.run("release edit");
                on.rewindTo(last);
                edit.fail(e instanceof SqlFailure failure ? Sqlite.error("Writing " + what, file, failure.sql()) : e);
            }
        }
    }

    private Db connection() {
        Db open = connection;
        if (open == null) {
            open = opener.open();
            connection = open;
        }
        return open;
    }

    private void dropConnection() {
        Db open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close(); // rolls back what is open
            } catch (SqlFailure e) {
                System.getLogger("dev.stele.store")
                        .log(System.Logger.Level.WARNING, "a failed connection to " + file + " did not close", e);
            }
        }
    }

    /** Finishes the edits that were accepted, waiting for them as long as any edit would wait. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true) || !started.get()) {
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
