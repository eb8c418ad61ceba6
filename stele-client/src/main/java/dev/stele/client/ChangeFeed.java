package dev.stele.client;

import dev.stele.client.Types.Change;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes of an agent as they happen, without end. The feed connects again after a lost connection and misses no change.
 * Used by one thread; {@link #close} may be called by any thread.
 */
public final class ChangeFeed implements Iterator<Change>, AutoCloseable {

    private final SteleClient stele;
    private final String agent;
    /** Volatile, because another thread may close the feed. */
    private volatile @Nullable EventStream stream;

    private volatile boolean closed;
    private long last;

    ChangeFeed(SteleClient stele, String agent, long after) {
        this.stele = stele;
        this.agent = agent;
        this.last = after;
    }

    /** Returns true unless the feed was closed; there is always a further change some time. */
    @Override
    public boolean hasNext() {
        return !closed;
    }

    /**
     * Waits for the next change and returns it.
     *
     * @throws SteleClientException if the server cannot be reached after all retries, or the feed was closed
     */
    @Override
    public Change next() {
        for (int failures = 0; ; failures++) {
            if (closed) {
                throw new SteleClientException.Unreachable("closed", "The feed of changes was closed.", null);
            }
            try {
                EventStream current = stream;
                if (current == null) {
                    current = stele.stream(
                            "GET",
                            "/v1/agents/{agent}/changes",
                            Map.of("agent", agent),
                            null,
                            Map.of("Last-Event-ID", Long.toString(last)));
                    stream = current;
                }
                if (current.hasNext()) {
                    Change change = Change.of(current.next().fields());
                    last = change.number();
                    return change;
                }
                disconnect();
            } catch (SteleClientException.Unreachable | SteleClientException.Unavailable e) {
                disconnect();
                if (closed || failures >= stele.retries()) {
                    throw e;
                }
            }
            stele.pause(failures, Optional.empty());
        }
    }

    private void disconnect() {
        EventStream current = stream;
        stream = null;
        if (current != null) {
            current.close();
        }
    }

    /** Ends the feed. Idempotent. */
    @Override
    public void close() {
        closed = true;
        disconnect();
    }
}
