package dev.stele.reflect;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.Backoff;
import dev.stele.model.AgentName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Failures of reflection that could not be written to the store, as on a full disk. They count like those that were
 * written: while an agent has some, none of its interactions is processed, because the result could not be stored
 * either, and the call of the language model would be wasted. The failures are written first when a pause is over; the
 * pause grows with each attempt. Thread-safe.
 *
 * <p>An agent has at most as many entries as its reflections that ran at the same time.
 */
final class UnrecordedFailures {

    /** A failed reflection and its cause. */
    record Entry(ReflectionStep step, Throwable failure) {}

    private static final class Blocked {
        final List<Entry> entries = new ArrayList<>();
        int attempts;
        Instant retryAt = Instant.MIN;
    }

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<AgentName, Blocked> blocked = new HashMap<>();

    /** Adds a failure that could not be written; the next attempt to write it follows after a pause. */
    void add(AgentName agent, Entry entry) {
        lock.lock();
        try {
            Blocked state = blocked.computeIfAbsent(agent, _ -> new Blocked());
            state.entries.add(entry);
            if (!Instant.now().isBefore(state.retryAt)) { // else it failed together with others
                state.attempts++;
                state.retryAt = Instant.now().plus(Backoff.after(state.attempts));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns the earliest time of the next attempt to write the failures of an agent; empty if there are none. */
    Optional<Instant> retryAt(AgentName agent) {
        lock.lock();
        try {
            return Optional.ofNullable(blocked.get(agent)).map(state -> state.retryAt);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes and returns a failure of an agent, for an attempt to write it. After a failed attempt the caller adds it
     * again, after a successful one it calls {@link #written}.
     */
    Optional<Entry> poll(AgentName agent) {
        lock.lock();
        try {
            Blocked state = blocked.get(agent);
            return state == null || state.entries.isEmpty()
                    ? Optional.empty()
                    : Optional.of(state.entries.removeFirst());
        } finally {
            lock.unlock();
        }
    }

    /** Ends the pause of an agent, which can be written again. */
    void written(AgentName agent) {
        lock.lock();
        try {
            Blocked state = blocked.get(agent);
            if (state != null && state.entries.isEmpty()) {
                blocked.remove(agent);
            }
        } finally {
            lock.unlock();
        }
    }
}
