package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Admission control: bounds the requests that run in total, for each agent and for each caller, so that neither one
 * agent nor one caller can keep the others waiting. Thread-safe.
 *
 * <p>A request that finds no free permit waits in order of arrival for at most {@code server.queue-time}, without
 * occupying a thread, and is then refused. With a queue time of 0 it is refused at once.
 *
 * <p>{@code lock} guards only the queue. Requests are started and refused outside the lock.
 */
final class Admission implements Watchdog.Watched {

    private final Quota total;
    private final AgentQuota perAgent;
    private final long maxWaitNanos;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Deque<QueuedRequest> queue = new ArrayDeque<>();

    /**
     * Request in the queue. Exactly one of its two callbacks is called.
     *
     * @param deadlineNanos {@link System#nanoTime} at which the request is refused
     * @param reason reason of the refusal
     */
    private record QueuedRequest(
            Optional<String> agent,
            Caller caller,
            Consumer<Permit> start,
            Consumer<HttpProblem> refuse,
            long deadlineNanos,
            HttpProblem reason) {}

    /**
     * @param total quota of the running requests of all agents together
     * @param perAgent quota of the running requests of each agent
     * @param maxWait maximum time that a request waits for a permit; zero to refuse it at once
     */
    Admission(Quota total, AgentQuota perAgent, Duration maxWait) {
        this.total = total;
        this.perAgent = perAgent;
        this.maxWaitNanos = maxWait.toNanos();
    }

    /**
     * Starts or refuses a request, immediately or after it waited in the queue.
     *
     * @param agent name of the agent that the request concerns; empty if it concerns none
     * @param start receives the permit, which it must close; called on this thread or on a thread that closed a permit
     * @param refuse receives the reason; called on this thread or on that of the watchdog
     */
    void admit(Optional<String> agent, Caller caller, Consumer<Permit> start, Consumer<HttpProblem> refuse) {
        Permit permit;
        try {
            permit = take(agent, caller);
        } catch (HttpProblem reason) {
            if (maxWaitNanos == 0) {
                refuse.accept(reason);
                return;
            }
            var queued = new QueuedRequest(agent, caller, start, refuse, System.nanoTime() + maxWaitNanos, reason);
            lock.lock();
            try {
                queue.addLast(queued);
            } finally {
                lock.unlock();
            }
            startQueued(); // a permit may have been released in the meantime
            return;
        }
        start.accept(permit);
    }

    private Permit take(Optional<String> agent, Caller caller) {
        Permit agentPermit = agent.map(name -> perAgent.take(name, caller)).orElse(Permit.NONE);
        Permit totalPermit;
        try {
            totalPermit = total.take(caller);
        } catch (HttpProblem e) {
            agentPermit.close();
            throw e;
        }
        return new Permit(() -> {
            totalPermit.close();
            agentPermit.close();
            startQueued();
        });
    }

    /** Returns the number of requests that wait. */
    int queued() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of requests that hold a permit. */
    long running() {
        return total.held();
    }

    /** Starts the queued requests for which permits are available. */
    private void startQueued() {
        if (maxWaitNanos == 0) {
            return;
        }
        while (true) {
            QueuedRequest next = null;
            Permit permit = Permit.NONE;
            lock.lock();
            try {
                for (Iterator<QueuedRequest> requests = queue.iterator(); next == null && requests.hasNext(); ) {
                    QueuedRequest candidate = requests.next();
                    try {
                        permit = take(candidate.agent(), candidate.caller());
                        next = candidate;
                        requests.remove();
                    } catch (HttpProblem stillFull) {
                        // A later request of another agent or caller may find a permit.
                    }
                }
            } finally {
                lock.unlock();
            }
            if (next == null) {
                return;
            }
            next.start().accept(permit);
        }
    }

    /** Refuses the queued requests whose maximum wait is over. */
    @Override
    public void inspect(long now) {
        List<QueuedRequest> expired = new ArrayList<>();
        lock.lock();
        try {
            queue.removeIf(queued -> {
                boolean isExpired = queued.deadlineNanos() - now <= 0;
                if (isExpired) {
                    expired.add(queued);
                }
                return isExpired;
            });
        } finally {
            lock.unlock();
        }
        expired.forEach(queued -> queued.refuse().accept(queued.reason()));
    }
}
