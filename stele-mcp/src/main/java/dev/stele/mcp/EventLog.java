package dev.stele.mcp;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way to a client, each with a number, kept a while so that a client whose connection broke can go on after the
 * last it saw. What is too old gives way. Thread-safe.
 */
final class EventLog {

    private static final int KEPT = 1_024;

    /** @param number 1, 2, 3 … */
    record Event(long number, Map<String, @Nullable Object> message) {}

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Guarded by the lock, as all below. */
    private final Deque<Event> events = new ArrayDeque<>();

    private long last;
    private boolean closed;
    private long breaks;

    /** @param name tells it from others of the session */
    EventLog(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void add(Map<String, @Nullable Object> message) {
        lock.lock();
        try {
            if (!closed) {
                events.addLast(new Event(++last, message));
                if (events.size() > KEPT) {
                    events.removeFirst();
                }
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing comes any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends whoever follows away for a while; what comes meanwhile is kept. */
    void breakOff() {
        lock.lock();
        try {
            breaks++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How often followers were sent away. */
    long breaks() {
        lock.lock();
        try {
            return breaks;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    long last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** The event after a number; waits for it, and is empty when the time is over or nothing comes any more. */
    Optional<Event> after(long number, long millis) throws InterruptedException {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lockInterruptibly();
        try {
            long before = breaks;
            while (true) {
                for (Event event : events) {
                    if (event.number() > number) {
                        return Optional.of(event);
                    }
                }
                if (closed || left <= 0 || breaks != before) {
                    return Optional.empty();
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
