package dev.stele.store;

import dev.stele.model.AgentName;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Durable queue of background jobs, shared by all processes. A worker owns a job by a lease, which it renews. If the
 * worker dies, the lease expires and another worker claims the job. Reports of a worker are accepted only while it owns
 * the job: the attempt number is the fencing token. Thread-safe.
 *
 * <p>All times are by the clock of the database, so that the clocks of the nodes need not agree.
 */
public interface TaskStore {

    /**
     * Adds a job.
     *
     * @param maxWaiting maximum number of waiting jobs
     * @throws dev.stele.model.LimitExceededException if {@code maxWaiting} jobs are waiting already
     */
    Task add(TaskDraft draft, int maxWaiting);

    /** Returns a job by id. */
    Optional<Task> get(String id);

    /**
     * Returns jobs, newest first.
     *
     * @param state only jobs in this state; empty for all states
     * @param agent only jobs of this agent; empty for all agents
     * @param below only jobs whose number is below this one
     * @param limit maximum number of jobs
     */
    List<Task> list(Optional<TaskState> state, Optional<AgentName> agent, long below, int limit);

    /**
     * Leases the next due job to the caller. A job whose worker died during its last attempt is marked as failed
     * instead.
     *
     * @param lease duration of the lease
     * @return the leased job; empty if none is due
     */
    Optional<Task> claim(Duration lease);

    /**
     * Returns the time until a job may become due.
     *
     * @param limit upper bound of the result
     */
    Duration timeUntilDue(Duration limit);

    /**
     * Extends a lease.
     *
     * @param claimed the job as {@link #claim} returned it
     * @param lease time from now to the new end of the lease
     * @param progress new progress text; empty to keep the present one
     * @return the present state of the job; empty if the worker does not own it any more
     */
    Optional<Task> renew(Task claimed, Duration lease, Optional<String> progress);

    /**
     * Ends an attempt.
     *
     * @param claimed the job as {@link #claim} returned it
     * @return false if the worker does not own the job any more; nothing is changed then
     */
    boolean end(Task claimed, Outcome outcome);

    /**
     * Cancels a job: immediately if it is waiting, otherwise by notifying its worker.
     *
     * @return the job after the call; empty if there is no such job
     */
    Optional<Task> cancel(String id);

    /**
     * Deletes jobs that ended longer ago than an age.
     *
     * @return number of deleted jobs
     */
    int prune(Duration age);

    /** Result of an attempt. */
    sealed interface Outcome {

        record Done(Map<String, @Nullable Object> result) implements Outcome {}

        record Failed(String error) implements Outcome {}

        /** @param delay time until the next attempt */
        record Again(String error, Duration delay) implements Outcome {}

        record Cancelled() implements Outcome {}
    }
}
