package dev.stele.store.sqlite;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import dev.stele.store.TaskStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Background jobs in {@code tasks.db} of the data directory, which is made by the first one. One connection serves all
 * threads in turn; jobs come seldom compared to what they do. Thread-safe.
 */
final class SqliteTasks implements TaskStore, AutoCloseable {

    private static final Schema SCHEMA = new Schema(List.of(Schema.resource("tasks-1.sql")));
    private static final String COLUMNS =
            "number, id, kind, agent, arguments, priority, attempts_most, timeout, state, attempts, created_at, not_before,"
                    + " started_at, ended_at, cancel, progress, error, result";

    private final Path file;
    private final boolean readOnly;
    private final Duration patience;
    /** Whose turn it is on the connection; a connection is for one thread at a time. */
    private final ReentrantLock turn = new ReentrantLock(true);

    @GuardedBy("turn")
    private @Nullable Db connection;

    SqliteTasks(Path file, boolean readOnly, Duration patience) {
        this.file = file;
        this.readOnly = readOnly;
        this.patience = patience;
    }

    @Override
    public Task add(TaskDraft draft, Instant now, int mostWaiting) {
        String id = Ids.next();
        return write(db -> {
            if (db.number("select count(*) from task where state = 'queued'") >= mostWaiting) {
                throw new LimitExceededException(
                        "%d background jobs wait, which is the most (tasks.max-waiting); let some end or cancel them."
                                .formatted(mostWaiting));
            }
            db.update(
                    "insert into task (id, kind, agent, arguments, priority, attempts_most, timeout, state, created_at, not_before)"
                            + " values (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)",
                    id,
                    draft.kind(),
                    draft.agent().map(AgentName::value).orElse(null),
                    Json.write(draft.arguments()),
                    draft.priority().code(),
                    draft.attempts(),
                    draft.timeout().toMillis(),
                    now.toEpochMilli(),
                    now.plus(draft.delay()).toEpochMilli());
            return find(db, id).orElseThrow();
        });
    }

    @Override
    public Optional<Task> get(String id) {
        return there() ? use(db -> find(db, id)) : Optional.empty();
    }

    private static Optional<Task> find(Db db, String id) {
        return db.first("select " + COLUMNS + " from task where id = ?", SqliteTasks::task, id);
    }

    @Override
    public List<Task> list(Optional<TaskState> state, Optional<AgentName> agent, long below, int limit) {
        if (!there()) {
            return List.of();
        }
        return use(db -> db.list(
                "select " + COLUMNS
                        + " from task where number < ?1 and (?2 is null or state = ?2) and (?3 is null or agent = ?3)"
                        + " order by number desc limit ?4",
                SqliteTasks::task,
                below,
                state.map(TaskState::word).orElse(null),
                agent.map(AgentName::value).orElse(null),
                limit));
    }

    @Override
    public Optional<Task> claim(Instant now, Duration lease) {
        // Looked for before a lock is taken: most looks find nothing.
        if (!there() || use(db -> due(db, now)).isEmpty()) {
            return Optional.empty();
        }
        return write(db -> {
            while (true) {
                Optional<Task> next = due(db, now);
                if (next.isEmpty()) {
                    return next;
                }
                Task task = next.get();
                if (task.state() == TaskState.RUNNING
                        && (task.attempts() >= task.draft().attempts() || task.cancelWanted())) {
                    end(
                            db,
                            task,
                            task.cancelWanted()
                                    ? new Outcome.Cancelled()
                                    : new Outcome.Failed("Its worker died at the last attempt."),
                            now);
                    continue;
                }
                db.update(
                        "update task set state = 'running', attempts = attempts + 1, started_at = ?, lease_until = ?, progress = null where number = ?",
                        now.toEpochMilli(),
                        now.plus(lease).toEpochMilli(),
                        task.number());
                return find(db, task.id());
            }
        });
    }

    private static Optional<Task> due(Db db, Instant now) {
        return db.first(
                "select " + COLUMNS
                        + " from task where state in ('queued', 'running') and (state = 'queued' and not_before <= ?1 or state = 'running' and lease_until < ?1)"
                        + " order by priority desc, not_before, number limit 1",
                SqliteTasks::task,
                now.toEpochMilli());
    }

    @Override
    public Duration untilDue(Instant now, Duration most) {
        if (!there()) {
            return most;
        }
        Optional<Long> due = use(db -> db.first(
                "select min(case state when 'queued' then not_before else lease_until end) from task where state in ('queued', 'running')",
                row -> row.getObject(1) == null ? Long.MAX_VALUE : row.getLong(1)));
        long millis = Math.min(most.toMillis(), due.orElse(Long.MAX_VALUE) - now.toEpochMilli());
        return Duration.ofMillis(Math.max(1, millis));
    }

    @Override
    public Optional<Task> renew(Task claimed, Instant until, Optional<String> progress) {
        return write(db -> {
            boolean had = change(
                    db,
                    claimed,
                    "lease_until = ?, progress = coalesce(?, progress)",
                    until.toEpochMilli(),
                    progress.orElse(null));
            return had ? find(db, claimed.id()) : Optional.empty();
        });
    }

    @Override
    public boolean end(Task claimed, Outcome outcome, Instant now) {
        return write(db -> end(db, claimed, outcome, now));
    }

    private static boolean end(Db db, Task claimed, Outcome outcome, Instant now) {
        long at = now.toEpochMilli();
        return switch (outcome) {
            case Outcome.Done(var result) ->
                change(db, claimed, "state = 'done', ended_at = ?, error = null, result = ?", at, Json.write(result));
            case Outcome.Failed(String error) ->
                change(db, claimed, "state = 'failed', ended_at = ?, error = ?", at, error);
            case Outcome.Again(String error, Instant notBefore) ->
                change(db, claimed, "state = 'queued', error = ?, not_before = ?", error, notBefore.toEpochMilli());
            case Outcome.Cancelled() -> change(db, claimed, "state = 'cancelled', ended_at = ?", at);
        };
    }

    /** Changes a job for a worker that still has it; false if it has not: the attempt is another's then, or over. */
    private static boolean change(Db db, Task claimed, String set, @Nullable Object... values) {
        @Nullable Object[] all = Arrays.copyOf(values, values.length + 2);
        all[values.length] = claimed.number();
        all[values.length + 1] = claimed.attempts();
        return db.update("update task set " + set + " where number = ? and state = 'running' and attempts = ?", all)
                == 1;
    }

    @Override
    public Optional<Task> cancel(String id, Instant now) {
        if (!there()) {
            return Optional.empty();
        }
        return write(db -> {
            db.update(
                    "update task set state = 'cancelled', ended_at = ? where id = ? and state = 'queued'",
                    now.toEpochMilli(),
                    id);
            db.update("update task set cancel = 1 where id = ? and state = 'running'", id);
            return find(db, id);
        });
    }

    @Override
    public int prune(Instant before) {
        return there() ? write(db -> db.update("delete from task where ended_at < ?", before.toEpochMilli())) : 0;
    }

    private boolean there() {
        return Files.exists(file);
    }

    private <T extends @Nullable Object> T write(Function<Db, T> edit) {
        if (readOnly) {
            throw new ReadOnlyException("The data directory is open for reading only; its jobs cannot be changed.");
        }
        return use(db -> {
            db.run("begin immediate");
            boolean done = false;
            try {
                T result = edit.apply(db);
                db.run("commit");
                done = true;
                return result;
            } finally {
                if (!done) {
                    db.run("rollback");
                }
            }
        });
    }

    private <T extends @Nullable Object> T use(Function<Db, T> call) {
        boolean mine = false;
        try {
            mine = turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (!mine) {
                throw new AgentBusyException("The list of background jobs was in use for " + patience + "; try again.");
            }
            Db db = connection;
            if (db == null) {
                db = readOnly ? Sqlite.reader(file) : Sqlite.writer(file, true, 0);
                SCHEMA.migrate(db, file);
                connection = db;
            }
            return call.apply(db);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentBusyException("The thread was interrupted while it waited for the list of background jobs.");
        } catch (SqlFailure e) {
            drop(); // it may stay unusable
            throw Sqlite.error("Background jobs", file, e.sql());
        } finally {
            if (mine) {
                turn.unlock();
            }
        }
    }

    @GuardedBy("turn")
    private void drop() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    private static Task task(ResultSet row) throws SQLException {
        return new Task(
                row.getLong("number"),
                row.getString("id"),
                new TaskDraft(
                        row.getString("kind"),
                        Optional.ofNullable(row.getString("agent")).map(AgentName::new),
                        Json.readObject("arguments", row.getString("arguments")).raw(),
                        TaskPriority.ofCode(row.getInt("priority")),
                        Duration.ZERO,
                        row.getInt("attempts_most"),
                        Duration.ofMillis(row.getLong("timeout"))),
                TaskState.of(row.getString("state")),
                row.getInt("attempts"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("not_before")),
                time(row, "started_at"),
                time(row, "ended_at"),
                row.getInt("cancel") != 0,
                Optional.ofNullable(row.getString("progress")),
                Optional.ofNullable(row.getString("error")),
                row.getString("result") == null
                        ? java.util.Map.of()
                        : Json.readObject("result", row.getString("result")).raw());
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    @Override
    public void close() {
        turn.lock();
        try {
            drop();
        } finally {
            turn.unlock();
        }
    }
}
