package dev.stele.mcp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bounded log of the messages of one event stream, numbered from 1, so that a client that lost its connection can
 * resume after the last message it received. Keeps the latest {@value #MAX_EVENTS} messages. Thread-safe.
 */
final class EventLog {

    private static final int MAX_EVENTS = 1_024;

    /**
     * One message of the stream.
     *
     * @param number sequence number, from 1
     * @param message the message as a JSON tree
     */
    record Event(long number, Map<String, @Nullable Object> message) {}

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Deque<Event> events = new ArrayDeque<>();

    @GuardedBy("lock")
    private long last;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private long disconnects;

    /** @param name unique among the streams of a session */
    EventLog(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Appends a message and wakes the readers; has no effect after {@link #close}. */
    void add(Map<String, @Nullable Object> message) {
        lock.lock();
        try {
            if (!closed) {
                events.addLast(new Event(++last, message));
                if (events.size() > MAX_EVENTS) {
                    events.removeFirst();
                }
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream; no message follows. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks readers to disconnect and to resume later; messages in between are kept. */
    void disconnect() {
        lock.lock();
        try {
            disconnects++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Number of calls of {@link #disconnect}. */
    long disconnects() {
        lock.lock();
        try {
            return disconnects;
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

    /**
     * Returns whether a reader that has received a message has received all there will ever be. After the last message
     * is added, another thread closes the log; both may happen after a reader has found no message.
     *
     * @param number sequence number of the last message that the reader has; 0 for none
     */
    boolean isAtEnd(long number) {
        lock.lock();
        try {
            return closed && last <= number;
        } finally {
            lock.unlock();
        }
    }

    /** Number of the latest message; 0 before the first. */
    long last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the first message after a number, and waits for it.
     *
     * @param number sequence number of the last message that the reader has; 0 for none
     * @param millis maximum time to wait, in milliseconds
     * @return the message; empty when the time is over, the stream is closed or readers are asked to disconnect
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    Optional<Event> after(long number, long millis) throws InterruptedException {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lockInterruptibly();
        try {
            long disconnectsBefore = disconnects;
            while (true) {
                for (Event event : events) {
                    if (event.number() > number) {
                        return Optional.of(event);
                    }
                }
                if (closed || left <= 0 || disconnects != disconnectsBefore) {
                    return Optional.empty();
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
