package dev.stele.store.sql;

import dev.stele.model.AgentName;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import dev.stele.store.TaskStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Queue of background jobs in an SQL table. */
public abstract class SqlTasks implements TaskStore {

    private static final String COLUMNS =
            "number, id, kind, agent, arguments, priority, attempts_most, timeout, state, attempts, created_at, not_before,"
                    + " started_at, ended_at, cancel, progress, error, result";

    /** Returns whether the table of jobs exists. */
    protected abstract boolean there();

    /**
     * Returns an SQL expression for the current time of the database in milliseconds since 1970. It advances within a
     * transaction.
     */
    protected abstract String clock();

    /** Runs a query. */
    protected abstract <T extends @Nullable Object> T read(Function<SqlSession, T> query);

    /** Runs an edit in a transaction that is exclusive over all processes. The edit may be run more than once. */
    protected abstract <T extends @Nullable Object> T write(Function<SqlSession, T> edit);

    @Override
    public Task add(TaskDraft draft, int maxWaiting) {
        String id = Ids.next();
        return write(db -> {
            Optional<Task> done = find(db, id);
            if (done.isPresent()) {
                return done.get(); // an earlier attempt was committed, but its result was lost
            }
            if (db.number("select count(*) from {task} where state = 'queued'") >= maxWaiting) {
                throw new LimitExceededException(
                        "%d background jobs wait, which is the most (tasks.max-waiting); let some end or cancel them."
                                .formatted(maxWaiting));
            }
            long now = now(db);
            db.insert(
                    "task",
                    "state, id, kind, agent, arguments, priority, attempts_most, timeout, created_at, not_before",
                    TaskState.QUEUED.label(),
                    id,
                    draft.kind(),
                    draft.agent().map(AgentName::value).orElse(null),
                    Json.write(draft.arguments()),
                    draft.priority().code(),
                    draft.attempts(),
                    draft.timeout().toMillis(),
                    now,
                    now + draft.delay().toMillis());
            return find(db, id).orElseThrow();
        });
    }

    @Override
    public Optional<Task> get(String id) {
        return there() ? read(db -> find(db, id)) : Optional.empty();
    }

    private long now(SqlSession db) {
        return db.number("select " + clock());
    }

    private static Optional<Task> find(SqlSession db, String id) {
        return db.first("select " + COLUMNS + " from {task} where id = ?", SqlTasks::task, id);
    }

    @Override
    public List<Task> list(Optional<TaskState> state, Optional<AgentName> agent, long below, int limit) {
        if (!there()) {
            return List.of();
        }
        var where = new ConditionBuilder("number < ?", below)
                .and("state = ?", state.map(TaskState::label))
                .and("agent = ?", agent.map(AgentName::value));
        return read(db -> db.list(
                "select " + COLUMNS + " from {task}" + where + " order by number desc limit ?",
                SqlTasks::task,
                where.arguments(limit)));
    }

    @Override
    public Optional<Task> claim(Duration lease) {
        // The query runs before a lock is taken, because most calls find no due job.
        if (!there() || read(this::due).isEmpty()) {
            return Optional.empty();
        }
        return write(db -> {
            while (true) {
                Optional<Task> next = due(db);
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
                                    : new Outcome.Failed("Its worker died at the last attempt."));
                    continue;
                }
                long now = now(db);
                db.change(
                        "task",
                        "state = 'running', attempts = attempts + 1, started_at = ?, lease_until = ?, progress = null",
                        "number = ?",
                        now,
                        now + lease.toMillis(),
                        task.number());
                return find(db, task.id());
            }
        });
    }

    private Optional<Task> due(SqlSession db) {
        return db.first(
                "select " + COLUMNS
                        + " from {task} t cross join (select " + clock() + " as now) c"
                        + " where state in ('queued', 'running') and (state = 'queued' and not_before <= now or state = 'running' and lease_until < now)"
                        + " order by priority desc, not_before, number limit 1",
                SqlTasks::task);
    }

    @Override
    public Duration timeUntilDue(Duration maxWait) {
        if (!there()) {
            return maxWait;
        }
        Optional<Long> due = read(db -> db.first(
                "select min(case state when 'queued' then not_before else lease_until end) - " + clock()
                        + " from {task} where state in ('queued', 'running')",
                row -> row.optionalNumber(1).orElse(Long.MAX_VALUE)));
        long millis = Math.min(maxWait.toMillis(), due.orElse(Long.MAX_VALUE));
        return Duration.ofMillis(Math.max(1, millis));
    }

    @Override
    public Optional<Task> renew(Task claimed, Duration lease, Optional<String> progress) {
        return write(db -> {
            boolean had = change(
                    db,
                    claimed,
                    "lease_until = ?, progress = coalesce(?, progress)",
                    now(db) + lease.toMillis(),
                    progress.orElse(null));
            return had ? find(db, claimed.id()) : Optional.empty();
        });
    }

    @Override
    public boolean end(Task claimed, Outcome outcome) {
        return write(db -> end(db, claimed, outcome));
    }

    private boolean end(SqlSession db, Task claimed, Outcome outcome) {
        long at = now(db);
        return switch (outcome) {
            case Outcome.Done(var result) ->
                change(db, claimed, "state = 'done', ended_at = ?, error = null, result = ?", at, Json.write(result));
            case Outcome.Failed(String error) ->
                change(db, claimed, "state = 'failed', ended_at = ?, error = ?", at, error);
            case Outcome.Again(String error, Duration delay) -> // a cancellation may have come after the attempt
                change(
                        db,
                        claimed,
                        "state = case when cancel = 1 then 'cancelled' else 'queued' end,"
                                + " ended_at = case when cancel = 1 then ? end, error = ?, not_before = ?",
                        at,
                        error,
                        at + delay.toMillis());
            case Outcome.Cancelled() -> change(db, claimed, "state = 'cancelled', ended_at = ?", at);
        };
    }

    /**
     * Updates a job for a worker that still owns it.
     *
     * @return false if the worker does not own the job: another attempt has begun, or the attempt is over
     */
    private static boolean change(SqlSession db, Task claimed, String set, @Nullable Object... values) {
        @Nullable Object[] all = Arrays.copyOf(values, values.length + 2);
        all[values.length] = claimed.number();
        all[values.length + 1] = claimed.attempts();
        return db.change("task", set, "number = ? and state = 'running' and attempts = ?", all) == 1;
    }

    @Override
    public Optional<Task> cancel(String id) {
        if (!there()) {
            return Optional.empty();
        }
        return write(db -> {
            db.change("task", "state = 'cancelled', ended_at = ?", "id = ? and state = 'queued'", now(db), id);
            db.change("task", "cancel = 1", "id = ? and state = 'running'", id);
            return find(db, id);
        });
    }

    @Override
    public int prune(Duration age) {
        return there() ? write(db -> db.delete("task", "ended_at < ?", now(db) - age.toMillis())) : 0;
    }

    private static Task task(ResultRow row) {
        return new Task(
                row.number(1),
                row.text(2),
                new TaskDraft(
                        row.text(3),
                        row.optionalText(4).map(AgentName::new),
                        Json.readObject("arguments", row.text(5)).raw(),
                        TaskPriority.ofCode(row.integer(6)),
                        Duration.ZERO,
                        row.integer(7),
                        Duration.ofMillis(row.number(8))),
                TaskState.of(row.text(9)),
                row.integer(10),
                row.time(11),
                row.time(12),
                row.optionalTime(13),
                row.optionalTime(14),
                row.integer(15) != 0,
                row.optionalText(16),
                row.optionalText(17),
                row.optionalText(18)
                        .map(text -> Json.readObject("result", text).raw())
                        .orElse(Map.of()));
    }
}
