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
 * Decides which requests run. Running requests are bounded in all, for each agent and for each caller, so that neither one
 * agent nor one caller can keep the others waiting. A request that finds no permit is refused at once, or waits for as long
 * as {@code server.queue-time} says, in the order of arrival, without a thread.
 *
 * <p>Thread-safe. {@code lock} guards the queue alone; requests are started and refused outside it.
 */
final class Admission implements Watchdog.Watched {

    private final Quota all;
    private final AgentQuota ofAgent;
    private final long patienceNanos;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Deque<Waiting> queue = new ArrayDeque<>();

    /** A request that waits. Exactly one of its two ends is called. */
    private record Waiting(
            Optional<String> agent,
            Caller caller,
            Consumer<Permit> start,
            Consumer<HttpProblem> refuse,
            long deadline,
            HttpProblem reason) {}

    /**
     * @param all running requests of all agents
     * @param ofAgent running requests of each agent
     * @param patience how long a request may wait for a permit
     */
    Admission(Quota all, AgentQuota ofAgent, Duration patience) {
        this.all = all;
        this.ofAgent = ofAgent;
        this.patienceNanos = patience.toNanos();
    }

    /**
     * Has a request started or refused, now or when its time in the queue is over.
     *
     * @param start receives the permit, which it must close; called on this thread or on one that closed a permit
     * @param refuse receives the reason
     */
    void admit(Optional<String> agent, Caller caller, Consumer<Permit> start, Consumer<HttpProblem> refuse) {
        Permit permit;
        try {
            permit = take(agent, caller);
        } catch (HttpProblem reason) {
            if (patienceNanos == 0) {
                refuse.accept(reason);
                return;
            }
            var waiting = new Waiting(agent, caller, start, refuse, System.nanoTime() + patienceNanos, reason);
            lock.lock();
            try {
                queue.addLast(waiting);
            } finally {
                lock.unlock();
            }
            startWaiting(); // a permit may have come back meanwhile
            return;
        }
        start.accept(permit);
    }

    private Permit take(Optional<String> agent, Caller caller) {
        Permit ofOne = agent.map(name -> ofAgent.take(name, caller)).orElse(Permit.NONE);
        Permit taken;
        try {
            taken = all.take(caller);
        } catch (HttpProblem e) {
            ofOne.close();
            throw e;
        }
        return new Permit(() -> {
            taken.close();
            ofOne.close();
            startWaiting();
        });
    }

    /** Starts those in the queue for which there is a permit now. */
    private void startWaiting() {
        if (patienceNanos == 0) {
            return;
        }
        while (true) {
            Waiting next = null;
            Permit permit = Permit.NONE;
            lock.lock();
            try {
                for (Iterator<Waiting> each = queue.iterator(); next == null && each.hasNext(); ) {
                    Waiting candidate = each.next();
                    try {
                        permit = take(candidate.agent(), candidate.caller());
                        next = candidate;
                        each.remove();
                    } catch (HttpProblem stillFull) {
                        // Another agent's or caller's request behind it may fit.
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

    /** Refuses those whose time in the queue is over. */
    @Override
    public void inspect(long now) {
        List<Waiting> late = new ArrayList<>();
        lock.lock();
        try {
            queue.removeIf(waiting -> {
                boolean over = waiting.deadline() - now <= 0;
                if (over) {
                    late.add(waiting);
                }
                return over;
            });
        } finally {
            lock.unlock();
        }
        late.forEach(waiting -> waiting.refuse().accept(waiting.reason()));
    }
}
