package dev.stele.mcp;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Sessions of HTTP clients, within limits for all and for each caller. A session is pending until a message follows the
 * one that created it; pending sessions cost little and have limits of their own. Thread-safe.
 */
final class SessionTable implements AutoCloseable {

    /** Maximum number of pending sessions for each established session that is allowed. */
    private static final int PENDING_PER_ESTABLISHED = 16;

    /** Time that a pending session is safe from being ended in favor of another one. */
    private static final Duration MIN_PENDING_TIME = Duration.ofMillis(250);

    private final McpHttp.Limits limits;
    private final Map<String, ClientStreams> sessions = new ConcurrentHashMap<>();
    /**
     * Held from the check of the number of sessions until one is added, so that concurrent callers respect the limit.
     */
    private final ReentrantLock admission = new ReentrantLock();

    SessionTable(McpHttp.Limits limits) {
        this.limits = limits;
    }

    /** Adds a session as pending. Returns false if there are too many sessions. */
    boolean add(ClientStreams client) {
        admission.lock();
        try {
            boolean room = makeRoom(client.owner(), false);
            if (room) {
                sessions.put(client.session().id(), client);
            }
            return room;
        } finally {
            admission.unlock();
        }
    }

    /** Makes a pending session established. Returns false if there are too many sessions. */
    boolean establish(ClientStreams client) {
        if (client.isEstablished()) {
            return true;
        }
        admission.lock();
        try {
            if (!client.isEstablished()) {
                if (!makeRoom(client.owner(), true)) {
                    return false;
                }
                client.establish();
            }
            return true;
        } finally {
            admission.unlock();
        }
    }

    /**
     * Ends sessions so that one more pending or established session fits. Pending sessions have a limit of their own,
     * {@value #PENDING_PER_ESTABLISHED} times that of established ones, so that a caller that creates many sessions
     * ends none that is in use. Idle sessions end first. At the limit the least recently used session ends; at the
     * limit of a caller, one of this caller's sessions. The calling thread holds {@link #admission} until it has added
     * the session.
     *
     * @param owner owner of the session to add
     * @param establishing whether the session becomes established, else it is new and pending
     * @return whether one more session fits
     */
    private boolean makeRoom(String owner, boolean establishing) {
        long now = System.nanoTime();
        sessions.values().stream()
                .filter(client -> !client.isInUse(now, limits.idle()))
                .forEach(this::end);
        List<ClientStreams> others = sessions.values().stream()
                .filter(client -> client.isEstablished() == establishing)
                .toList();
        int factor = establishing ? 1 : PENDING_PER_ESTABLISHED;
        Duration safe = establishing ? limits.evictable() : MIN_PENDING_TIME;
        if (!owner.isEmpty()) {
            List<ClientStreams> own = others.stream()
                    .filter(client -> client.owner().equals(owner))
                    .toList();
            if (own.size() >= factor * limits.maxOfCaller() && !endLeastRecentlyUsed(own, now, safe)) {
                return false;
            }
        }
        return others.size() < factor * limits.maxSessions() || endLeastRecentlyUsed(others, now, safe);
    }

    private boolean endLeastRecentlyUsed(List<ClientStreams> candidates, long now, Duration safe) {
        Optional<ClientStreams> unused = candidates.stream()
                .filter(client -> !client.isInUse(now, safe))
                .min(Comparator.comparingLong(client -> client.usedAt() - now));
        unused.ifPresent(this::end);
        return unused.isPresent();
    }

    /** Returns the session of a caller for an agent, and notes its use. */
    Optional<ClientStreams> find(McpHttp.Caller caller, String sessionId) {
        Optional<ClientStreams> client = Optional.ofNullable(sessions.get(sessionId))
                .filter(candidate -> candidate.owner().equals(caller.owner())
                        && candidate
                                .session()
                                .memory()
                                .name()
                                .equals(caller.memory().name()));
        client.ifPresent(ClientStreams::used);
        return client;
    }

    /** Ends the sessions of some owners. */
    void endOf(Predicate<String> owner) {
        sessions.values().stream().filter(client -> owner.test(client.owner())).forEach(this::end);
    }

    void end(ClientStreams client) {
        sessions.remove(client.session().id());
        client.close();
    }

    /** Number of sessions, pending ones included. */
    int size() {
        return sessions.size();
    }

    /** Ends all sessions; requests that run go on, and are answered. */
    @Override
    public void close() {
        sessions.values().forEach(client -> {
            sessions.remove(client.session().id());
            client.stop();
        });
    }
}
