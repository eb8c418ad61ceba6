package dev.stele.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Session of an HTTP client with its event streams: one for each request whose response is a stream, and the standalone
 * one. Thread-safe; fields are immutable, atomic or concurrent.
 */
final class ClientStreams implements AutoCloseable {

    /** Name of the standalone stream in the ids of events. */
    static final String STANDALONE = "standalone";

    /** Number of streams of a session from which ended ones are dropped. */
    private static final int MAX_STREAMS = 64;

    private final McpSession session;
    private final EventLog standalone;
    private final Map<String, EventLog> streams = new ConcurrentHashMap<>();
    /** Names of streams whose readers were asked once to reconnect. */
    private final Set<String> disconnected = ConcurrentHashMap.newKeySet();

    private final AtomicLong streamNumber = new AtomicLong();
    private final AtomicLong usedAt = new AtomicLong(System.nanoTime());
    private final AtomicLong listeners = new AtomicLong();
    /** Whether a message followed the one that created the session; until then the session is pending. */
    private final AtomicBoolean established = new AtomicBoolean();

    /**
     * @param session session whose messages without a request go to {@code standalone}
     * @param standalone log of the standalone stream
     */
    ClientStreams(McpSession session, EventLog standalone) {
        this.session = session;
        this.standalone = standalone;
    }

    McpSession session() {
        return session;
    }

    String owner() {
        return session.owner();
    }

    EventLog standalone() {
        return standalone;
    }

    // ---- use of the session

    void used() {
        usedAt.set(System.nanoTime());
    }

    /** Time of the last use, as of {@link System#nanoTime}. */
    long usedAt() {
        return usedAt.get();
    }

    /** Returns whether the session has an open stream, or was used within a time before {@code now} (nanoTime). */
    boolean isInUse(long now, Duration within) {
        return listeners.get() > 0 || now - usedAt.get() <= within.toNanos();
    }

    boolean isEstablished() {
        return established.get();
    }

    void establish() {
        established.set(true);
    }

    void listenerAdded() {
        listeners.incrementAndGet();
    }

    void listenerRemoved() {
        listeners.decrementAndGet();
    }

    // ---- streams

    /** Adds a stream for the messages of one request. */
    EventLog openStream() {
        var log = new EventLog("r" + streamNumber.incrementAndGet());
        if (streams.size() >= MAX_STREAMS) {
            streams.values().removeIf(EventLog::isClosed);
            disconnected.retainAll(streams.keySet());
        }
        streams.put(log.name(), log);
        return log;
    }

    /** Returns the stream of a name; the standalone one if there is no other of the name. */
    EventLog stream(String name) {
        return name.equals(STANDALONE) ? standalone : streams.getOrDefault(name, standalone);
    }

    void removeStream(EventLog log) {
        streams.remove(log.name());
    }

    /** Returns whether the readers of a stream were not asked before to reconnect. */
    boolean disconnectOnce(EventLog log) {
        return disconnected.add(log.name());
    }

    boolean wasDisconnected(EventLog log) {
        return disconnected.contains(log.name());
    }

    /**
     * Ends what waits for the client or for changes. The streams of requests that run end with their responses. The
     * session is to be closed if it has a subscription, whose stream has no other end.
     */
    void stop() {
        session.stop();
        standalone.close();
    }

    /** Ends the session and its streams, and interrupts its requests. Subscriptions are told. */
    @Override
    public void close() {
        stop();
        session.close();
        streams.values().forEach(EventLog::close);
    }
}
