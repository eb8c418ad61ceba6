package dev.stele.server;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Places for requests that run: so many in all and so many for one agent, so that one agent cannot take them all. Who finds
 * none waits as long as may be, by default not at all. Thread-safe.
 */
final class Places {

    private final Semaphore all;
    private final int mostOfAgent;
    private final Duration patience;
    /** Requests that run for an agent; an agent without any is not in it. Changed by the map's atomic operations alone. */
    private final Map<String, Integer> ofAgent = new ConcurrentHashMap<>();

    Places(int most, int mostOfAgent, Duration patience) {
        this.all = new Semaphore(most);
        this.mostOfAgent = mostOfAgent;
        this.patience = patience;
    }

    /**
     * Takes a place.
     *
     * @param agent whom the request concerns, if any
     * @throws HttpProblem if there is none
     */
    void take(Optional<String> agent) {
        if (agent.isPresent() && ofAgent.merge(agent.get(), 1, Integer::sum) > mostOfAgent) {
            leave(agent.get());
            throw new HttpProblem(
                    503,
                    "agent-overloaded",
                    "As many requests run for agent \"%s\" as may (server.max-requests-per-agent). Nothing was done; try again."
                            .formatted(agent.get()));
        }
        boolean taken = false;
        try {
            taken = patience.isZero() ? all.tryAcquire() : all.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!taken) {
                agent.ifPresent(this::leave);
            }
        }
        if (!taken) {
            throw new HttpProblem(
                    503,
                    "overloaded",
                    "As many requests run as may (server.max-requests). Nothing was done; try again.");
        }
    }

    /** Gives a place back that {@link #take} gave for the same agent. */
    void giveBack(Optional<String> agent) {
        all.release();
        agent.ifPresent(this::leave);
    }

    private void leave(String agent) {
        ofAgent.computeIfPresent(agent, (_, running) -> running == 1 ? null : running - 1);
    }
}
