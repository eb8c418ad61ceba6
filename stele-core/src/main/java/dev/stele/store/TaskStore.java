package dev.stele.store;

import dev.stele.model.AgentName;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Background jobs, on stable storage and common to all processes. A worker has a job by a lease that it renews; when it
 * dies, the lease runs out and another takes the job. What a worker says about a job counts only while it has it: the
 * number of the attempt is the fencing token. Thread-safe.
 */
public interface TaskStore {

    /** @throws dev.stele.model.LimitExceededException if as many wait as may */
    Task add(TaskDraft draft, Instant now, int mostWaiting);

    Optional<Task> get(String id);

    /** Jobs in a state, or all, of an agent, or all, newest first, below a number. */
    List<Task> list(Optional<TaskState> state, Optional<AgentName> agent, long below, int limit);

    /** The job that is to be done next, now leased; one whose worker died on its last attempt fails instead. */
    Optional<Task> claim(Instant now, Duration lease);

    /** How long until a job may become due, at most {@code most}. */
    Duration untilDue(Instant now, Duration most);

    /** Keeps a lease; says how the job stands now, or nothing if the worker does not have it any more. */
    Optional<Task> renew(Task claimed, Instant until, Optional<String> progress);

    /** Ends an attempt of a worker that still has the job; false if it has not. */
    boolean end(Task claimed, Outcome outcome, Instant now);

    /** Calls a job off: at once if it waits, else by telling its worker. */
    Optional<Task> cancel(String id, Instant now);

    /** Forgets jobs that ended before a time. */
    int prune(Instant before);

    /** How an attempt ended. */
    sealed interface Outcome {

        record Done(Map<String, @Nullable Object> result) implements Outcome {}

        record Failed(String error) implements Outcome {}

        record Again(String error, Instant notBefore) implements Outcome {}

        record Cancelled() implements Outcome {}
    }
}
