package dev.stele.client;

import dev.stele.client.Types.Change;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Changes of an agent as they happen, without end. The feed connects again after a lost connection, and after a problem
 * of the server that passes, and misses no change. Used by one thread; {@link #close} may be called by any thread.
 */
public final class ChangeFeed implements Iterator<Change>, AutoCloseable {

    /** Name of the event in which the server says why a feed ends. */
    private static final String PROBLEM = "problem";

    /** Time before the connection after one that the server has ended, as the server asks for in its feeds. */
    private static final Duration RECONNECT_DELAY = Duration.ofSeconds(1);

    private final SteleClient stele;
    private final String agent;
    private final CountDownLatch closed = new CountDownLatch(1);
    /** Volatile, because another thread may close the feed. */
    private volatile @Nullable EventStream stream;

    private long last;
    /** Number of failures since the last change or heartbeat. */
    private int failures;

    ChangeFeed(SteleClient stele, String agent, long after) {
        this.stele = stele;
        this.agent = agent;
        this.last = after;
    }

    /** Returns true unless the feed was closed or has ended; there is always a further change some time. */
    @Override
    public boolean hasNext() {
        return !isClosed();
    }

    /**
     * Waits for the next change and returns it. A failure that passes is tried again up to the number of retries of the
     * client, which count anew after each change and each heartbeat; after that the feed may be asked again. Every other
     * failure, such as the deletion of the agent, ends the feed.
     *
     * @throws SteleClientException if the server cannot be reached or is unavailable after all retries, if it refuses
     *     the feed, or if the feed was closed
     */
    @Override
    public Change next() {
        while (true) {
            EventStream current = null;
            Duration delay = RECONNECT_DELAY;
            try {
                current = connected();
                while (current.hasNext()) {
                    Optional<Change> change = changeOf(current.next());
                    if (change.isPresent()) {
                        failures = 0;
                        last = change.get().number();
                        return change.get();
                    }
                }
            } catch (SteleClientException e) {
                if (isClosed()) {
                    throw closedFeed();
                }
                delay = delayAfter(e, current);
            }
            disconnect();
            await(delay);
        }
    }

    /** Returns the open stream, or opens one. */
    private EventStream connected() {
        EventStream current = stream;
        if (current == null && !isClosed()) {
            current = stele.openChanges(agent, last);
            stream = current;
        }
        if (current == null || isClosed()) { // perhaps while the stream was opened, so that close() did not see it
            disconnect();
            throw closedFeed();
        }
        return current;
    }

    /**
     * Returns the change of an event; empty if the event is none, as newer servers may send. The name of the event of a
     * change is the kind of the change.
     *
     * @throws SteleClientException if the event says why the server ends the feed
     */
    private Optional<Change> changeOf(Event event) {
        if (event.name().equals(PROBLEM)) {
            throw SteleClientException.of(event.fields());
        }
        return event.name().equals(event.fields().get("kind"))
                ? Optional.of(stele.decode(Change::of, event.fields()))
                : Optional.empty();
    }

    /** Returns how long to wait after a failure before the next connection, or throws a failure that ends the wait. */
    private Duration delayAfter(SteleClientException failure, @Nullable EventStream failed) {
        if (failed != null && failed.heardHeartbeat()) {
            failures = 0;
        }
        boolean passes = failure instanceof SteleClientException.Unavailable || SteleClient.isLostConnection(failure);
        if (passes && failures < stele.retries()) {
            return SteleClient.delay(failures++, failure);
        }
        disconnect();
        if (passes) {
            failures = 0;
        } else if (!failure.code().equals(SteleClientException.Unreachable.INTERRUPTED)) {
            closed.countDown();
        }
        throw failure;
    }

    private void await(Duration delay) {
        try {
            if (closed.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
                throw closedFeed();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stele.interrupted(e);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private static SteleClientException closedFeed() {
        return new SteleClientException.Unreachable("closed", "The feed of changes was closed.", null);
    }

    private void disconnect() {
        EventStream current = stream;
        stream = null;
        if (current != null) {
            current.close();
        }
    }

    /** Ends the feed, also for a thread that waits for a change. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
        disconnect();
    }
}
