package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Durations;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Streamable HTTP transport of the Model Context Protocol, independent of the web server: sessions, responses and event
 * streams. A web server passes the body and headers of its requests to {@link #post}, {@link #listen} and {@link #end},
 * and writes the returned {@link Answer}.
 *
 * <p>A message arrives by POST. Its response is plain JSON; if messages precede the response, or the response takes
 * long, it is a stream of numbered events that a client can resume after a lost connection. Messages that belong to no
 * request go to the standalone stream, which a client opens by GET. A session belongs to the caller that created it. It
 * ends on request, when it is idle for too long, or when a new session needs its place. Requests of the stateless
 * revision need no session. Thread-safe.
 */
public final class McpHttp implements AutoCloseable {

    /** Delay after which a client that lost its stream reconnects. */
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(500);

    /** Interval between comments on a silent stream, which detect clients that are gone. */
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);

    /** Maximum time for a response as plain JSON. A later one is a stream, which holds no permit of the request. */
    private static final Duration MAX_JSON_WAIT = Duration.ofSeconds(5);

    /** Number of streams of a session from which ended ones are dropped. */
    private static final int MAX_STREAMS = 64;

    /** Name of the standalone stream in the ids of events. */
    private static final String STANDALONE = "standalone";

    /** Maximum number of pending sessions for each established session that is allowed. */
    private static final int PENDING_PER_ESTABLISHED = 16;

    /** Time that a pending session is safe from being ended in favor of another one. */
    private static final Duration MIN_PENDING_TIME = Duration.ofMillis(250);

    /**
     * Caller of a request and the memory it works with.
     *
     * @param owner name of the owner of the caller's sessions, whose number is bounded by a share of all sessions;
     *     empty if callers are not distinguished
     * @param memory memory of the agent that the caller works with
     * @param options options of new sessions
     */
    public record Caller(String owner, AgentMemory memory, SessionOptions options) {}

    /** Response of the transport, to be written by the web server. */
    public sealed interface Answer {
        /**
         * A response that is complete.
         *
         * @param status HTTP status code
         * @param body JSON tree of the body; empty for no body
         * @param headers headers in addition to those of every response
         */
        record Whole(int status, Optional<Map<String, @Nullable Object>> body, Map<String, String> headers)
                implements Answer {}

        /**
         * A stream of server-sent events with status 200.
         *
         * @param writer writes the stream; to be called once
         * @param abandoned to be called once in place of the writer if the stream is not written
         */
        record Events(Writer writer, Runnable abandoned) implements Answer {}
    }

    /** Writer of an event stream. */
    public interface Writer {
        /**
         * Writes the stream and blocks until it ends.
         *
         * @param out receives the events; is flushed after each one and not closed
         * @throws IOException if the client is gone
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /** A session with its streams. Thread-safe; fields are immutable, atomic or concurrent. */
    private static final class Client {
        private final McpSession session;
        private final String owner;
        private final EventLog standalone;
        private final Map<String, EventLog> streams = new ConcurrentHashMap<>();
        /** Names of streams whose readers were asked once to reconnect. */
        private final Set<String> disconnected = ConcurrentHashMap.newKeySet();

        private final AtomicLong streamNumber = new AtomicLong();
        private final AtomicLong usedAt = new AtomicLong(System.nanoTime());
        private final AtomicLong listeners = new AtomicLong();
        /** Whether a message followed the one that created the session; until then the session is pending. */
        private final AtomicBoolean established = new AtomicBoolean();

        Client(McpSession session, String owner, EventLog standalone) {
            this.session = session;
            this.owner = owner;
            this.standalone = standalone;
        }

        /** Returns whether the session has an open stream, or was used within a time before {@code now} (nanoTime). */
        boolean isInUse(long now, Duration within) {
            return listeners.get() > 0 || now - usedAt.get() <= within.toNanos();
        }

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

        void close() {
            session.close();
            standalone.close();
            streams.values().forEach(EventLog::close);
        }
    }

    private final McpServer server;
    private final Limits limits;
    private final Executor executor;
    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    /**
     * Held from the check of the number of sessions until one is added, so that concurrent callers respect the limit.
     */
    private final ReentrantLock admission = new ReentrantLock();

    /**
     * Limits of sessions.
     *
     * @param maxSessions maximum number of established sessions ({@code mcp.sessions})
     * @param sharePercent maximum share of them for one caller, in percent ({@code server.caller-share})
     * @param idle time without use after which a session ends ({@code mcp.idle})
     * @param evictable time without use after which a session may be ended in favor of another one
     *     ({@code mcp.evict-after})
     * @param maxBatch maximum number of messages in a batch ({@code mcp.max-batch})
     */
    public record Limits(int maxSessions, int sharePercent, Duration idle, Duration evictable, int maxBatch) {
        int maxOfCaller() {
            return Math.max(1, Math.ceilDiv(maxSessions * sharePercent, 100));
        }
    }

    /**
     * Creates a transport without sessions.
     *
     * @param server handles the messages
     * @param limits limits of sessions
     * @param executor runs the requests of clients; not closed by this object
     */
    public McpHttp(McpServer server, Limits limits, Executor executor) {
        this.server = server;
        this.limits = limits;
        this.executor = executor;
    }

    /**
     * Handles a message or batch that a client posted. Blocks until the response is known, for five seconds at most.
     *
     * @param caller the caller
     * @param sessionId value of the header {@code Mcp-Session-Id}
     * @param version value of the header {@code MCP-Protocol-Version}
     * @param message JSON tree of the body, not validated; null is the JSON value null
     * @param handled called exactly once, when the message is handled, possibly after this method returns
     * @return the response
     */
    public Answer post(
            Caller caller,
            Optional<String> sessionId,
            Optional<String> version,
            @Nullable Object message,
            Runnable handled) {
        var signal = new CompletionSignal(handled);
        try {
            return post(caller, sessionId, version, message, signal);
        } finally {
            signal.endUnlessHandedOver();
        }
    }

    /** Signals once that a message is handled: at the end of the call, unless another thread took over. */
    private static final class CompletionSignal {
        private final Runnable handled;
        private boolean handedOver;

        CompletionSignal(Runnable handled) {
            this.handled = handled;
        }

        /** Leaves the signal to another thread, which calls {@link #end}. Called on the thread of the call. */
        void handOver() {
            handedOver = true;
        }

        void end() {
            handled.run();
        }

        void endUnlessHandedOver() {
            if (!handedOver) {
                handled.run();
            }
        }
    }

    private Answer post(
            Caller caller,
            Optional<String> sessionId,
            Optional<String> version,
            @Nullable Object message,
            CompletionSignal signal) {
        if (version.isPresent() && !McpServer.supports(version.get())) {
            return error(400, null, McpServer.unknownVersion(version.get()));
        }
        if (isInitialize(message)) {
            return initialize(caller, message);
        }
        if (sessionId.isEmpty()) {
            return isStateless(message)
                    ? answer(newClient(caller), message, signal)
                    : error(400, id(message), "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<Client> client = find(caller, sessionId.get());
        if (client.isEmpty()) {
            return unknownSession(id(message), sessionId.get());
        }
        if (!client.get().established.get() && !establish(client.get())) {
            return tooManySessions(id(message));
        }
        return answer(client.get(), message, signal);
    }

    /** Makes a pending session established. Returns false if there are too many sessions. */
    private boolean establish(Client client) {
        admission.lock();
        try {
            if (!client.established.get()) {
                if (!makeRoom(client.owner, true)) {
                    return false;
                }
                client.established.set(true);
            }
            return true;
        } finally {
            admission.unlock();
        }
    }

    private static boolean isInitialize(@Nullable Object message) {
        return message instanceof Map<?, ?> map && "initialize".equals(map.get("method"));
    }

    private static boolean isStateless(@Nullable Object message) {
        return message instanceof Map<?, ?> map
                && map.get("params") instanceof Map<?, ?> params
                && params.get("_meta") instanceof Map<?, ?> meta
                && meta.get(McpServer.REQUEST_VERSION_KEY) != null;
    }

    private static @Nullable Object id(@Nullable Object message) {
        return message instanceof Map<?, ?> map && (map.get("id") instanceof String || map.get("id") instanceof Number)
                ? map.get("id")
                : null;
    }

    private static Answer error(int status, @Nullable Object id, String why) {
        return new Answer.Whole(
                status, Optional.of(JsonRpc.error(id, new RpcError(RpcError.INVALID_REQUEST, why))), Map.of());
    }

    private static Answer unknownSession(@Nullable Object id, String session) {
        return error(404, id, "There is no session " + Json.write(session) + " any more; call initialize.");
    }

    private Client newClient(Caller caller) {
        var standalone = new EventLog(STANDALONE);
        return new Client(
                new McpSession(Ids.next(), caller.owner(), caller.memory(), caller.options(), standalone::add),
                caller.owner(),
                standalone);
    }

    private Answer initialize(Caller caller, @Nullable Object message) {
        if (stopped.get()) {
            return error(503, id(message), "The server is stopping.");
        }
        Client client = newClient(caller);
        Optional<Map<String, @Nullable Object>> answer = server.handle(client.session, message, client.standalone::add);
        if (answer.isEmpty() || answer.get().containsKey("error")) {
            client.close();
            return new Answer.Whole(answer.isEmpty() ? 202 : 400, answer, Map.of());
        }
        if (!add(client)) {
            client.close();
            return tooManySessions(id(message));
        }
        return new Answer.Whole(200, answer, Map.of("Mcp-Session-Id", client.session.id()));
    }

    private boolean add(Client client) {
        admission.lock();
        try {
            boolean room = makeRoom(client.owner, false);
            if (room) {
                clients.put(client.session.id(), client);
            }
            return room;
        } finally {
            admission.unlock();
        }
    }

    private Answer tooManySessions(@Nullable Object id) {
        return error(
                503,
                id,
                "There are as many sessions as may be, %d (mcp.sessions), and none was unused for %s; end one, or try again later."
                        .formatted(limits.maxSessions(), Durations.text(limits.evictable())));
    }

    /**
     * Ends sessions so that one more pending or established session fits. Pending sessions cost little and have a limit
     * of their own, {@value #PENDING_PER_ESTABLISHED} times that of established ones, so that a caller that creates
     * many sessions ends none that is in use. Idle sessions end first. At the limit the least recently used session
     * ends; at the limit of a caller, one of this caller's sessions. The calling thread holds {@link #admission} until
     * it has added the session.
     *
     * @param owner owner of the session to add
     * @param establishing whether the session becomes established, else it is new and pending
     * @return whether one more session fits
     */
    private boolean makeRoom(String owner, boolean establishing) {
        long now = System.nanoTime();
        clients.values().stream()
                .filter(client -> !client.isInUse(now, limits.idle()))
                .forEach(this::end);
        List<Client> others = clients.values().stream()
                .filter(client -> client.established.get() == establishing)
                .toList();
        int factor = establishing ? 1 : PENDING_PER_ESTABLISHED;
        Duration safe = establishing ? limits.evictable() : MIN_PENDING_TIME;
        if (!owner.isEmpty()) {
            List<Client> own =
                    others.stream().filter(client -> client.owner.equals(owner)).toList();
            if (own.size() >= factor * limits.maxOfCaller() && !endLeastRecentlyUsed(own, now, safe)) {
                return false;
            }
        }
        return others.size() < factor * limits.maxSessions() || endLeastRecentlyUsed(others, now, safe);
    }

    private boolean endLeastRecentlyUsed(List<Client> candidates, long now, Duration safe) {
        Optional<Client> unused = candidates.stream()
                .filter(client -> !client.isInUse(now, safe))
                .min(Comparator.comparingLong(client -> client.usedAt.get() - now));
        unused.ifPresent(this::end);
        return unused.isPresent();
    }

    /**
     * Ends the sessions of some owners, such as those whose keys were revoked.
     *
     * @param owner accepts the names of owners whose sessions end
     */
    public void endSessionsOf(Predicate<String> owner) {
        clients.values().stream().filter(client -> owner.test(client.owner)).forEach(this::end);
    }

    private void end(Client client) {
        clients.remove(client.session.id());
        client.close();
    }

    private Optional<Client> find(Caller caller, String sessionId) {
        Optional<Client> client = Optional.ofNullable(clients.get(sessionId))
                .filter(candidate -> candidate.owner.equals(caller.owner())
                        && candidate
                                .session
                                .memory()
                                .name()
                                .equals(caller.memory().name()));
        client.ifPresent(found -> found.usedAt.set(System.nanoTime()));
        return client;
    }

    private Answer answer(Client client, @Nullable Object message, CompletionSignal signal) {
        if (message instanceof List<?> batch) {
            return answerBatch(client, batch, signal);
        }
        boolean request = message instanceof Map<?, ?> map && map.get("id") != null && map.get("method") != null;
        if (!request) {
            Optional<Map<String, @Nullable Object>> problem =
                    server.handle(client.session, message, client.standalone::add);
            return new Answer.Whole(problem.isPresent() ? 400 : 202, problem, Map.of());
        }
        EventLog log = client.openStream();
        var id = id(message);
        executor.execute(() -> {
            try {
                server.handle(client.session, message, new StreamSink(log)).ifPresent(log::add);
            } finally {
                log.close();
                signal.end();
            }
        });
        signal.handOver();
        try {
            Optional<EventLog.Event> first = log.after(0, MAX_JSON_WAIT.toMillis());
            boolean isResponse = first.isPresent() && isResponse(first.get().message(), id);
            boolean noResponse = first.isEmpty() && log.disconnects() == 0 && log.isClosed();
            if (isResponse || noResponse) {
                client.streams.remove(log.name());
                return new Answer.Whole(isResponse ? 200 : 202, first.map(EventLog.Event::message), Map.of());
            }
            return new Answer.Events(out -> writeEvents(client, log, 0, out), () -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(503, id, "The server is stopping.");
        }
    }

    /**
     * Handles each message after the response to the one before is sent, so that responses do not accumulate in memory.
     */
    private Answer answerBatch(Client client, List<?> batch, CompletionSignal signal) {
        if (batch.size() > limits.maxBatch()) {
            return error(
                    413,
                    null,
                    "The batch has %d messages; at most %d are taken (mcp.max-batch)."
                            .formatted(batch.size(), limits.maxBatch()));
        }
        boolean expectsResponse = batch.stream()
                .anyMatch(item ->
                        !(item instanceof Map<?, ?> map) || (map.get("id") != null && map.get("method") != null));
        if (!expectsResponse) {
            batch.forEach(item -> server.handle(client.session, item, client.standalone::add));
            return new Answer.Whole(202, Optional.empty(), Map.of());
        }
        signal.handOver();
        return new Answer.Events(
                out -> {
                    try {
                        for (Object item : batch) {
                            Optional<Map<String, @Nullable Object>> answer =
                                    server.handle(client.session, item, client.standalone::add);
                            if (answer.isPresent()) {
                                send(out, "data: " + Json.write(answer.get()) + "\n\n");
                                out.flush();
                            }
                        }
                    } finally {
                        signal.end();
                    }
                },
                signal::end);
    }

    /** Receiver of the messages that precede the response to a request. */
    private record StreamSink(EventLog log) implements McpSession.MessageSink {
        @Override
        public void send(Map<String, @Nullable Object> message) {
            log.add(message);
        }

        @Override
        public void disconnect() {
            log.disconnect();
        }
    }

    private static boolean isResponse(Map<String, @Nullable Object> message, @Nullable Object id) {
        return !message.containsKey("method") && id != null && id.equals(message.get("id"));
    }

    /**
     * Opens the standalone stream of a session, or resumes a stream after a lost connection.
     *
     * @param caller the caller
     * @param sessionId value of the header {@code Mcp-Session-Id}
     * @param lastEvent id of the last event that the client received; empty for the standalone stream from now on
     * @return the stream, or an error if the caller has no such session
     */
    public Answer listen(Caller caller, Optional<String> sessionId, Optional<String> lastEvent) {
        if (sessionId.isEmpty()) {
            return error(400, null, "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<Client> client = find(caller, sessionId.get());
        if (client.isEmpty()) {
            return unknownSession(null, sessionId.get());
        }
        EventLog log = client.get().standalone;
        long after = log.last();
        if (lastEvent.isPresent()) {
            String[] parts = lastEvent.get().split("-", 2);
            log = parts[0].equals(STANDALONE) ? log : client.get().streams.getOrDefault(parts[0], log);
            after = parts.length == 2 && parts[1].matches("\\d{1,18}") ? Long.parseLong(parts[1]) : 0;
        }
        EventLog stream = log;
        long from = after;
        return new Answer.Events(out -> writeEvents(client.get(), stream, from, out), () -> {});
    }

    /**
     * Ends a session.
     *
     * @param caller the caller
     * @param sessionId value of the header {@code Mcp-Session-Id}
     * @return whether the caller had such a session
     */
    public boolean end(Caller caller, Optional<String> sessionId) {
        Optional<Client> client = sessionId.flatMap(id -> find(caller, id));
        client.ifPresent(this::end);
        return client.isPresent();
    }

    private void writeEvents(Client client, EventLog log, long after, OutputStream out) throws IOException {
        client.listeners.incrementAndGet();
        try {
            // The first event gives the client an id to resume from, even if no other event arrives.
            send(out, "id: %s-%d\nretry: %d\ndata: \n\n".formatted(log.name(), after, RECONNECT_DELAY.toMillis()));
            out.flush();
            long last = after;
            boolean resumed = after > 0 || client.disconnected.contains(log.name());
            while (!stopped.get()) {
                if (!resumed && log.disconnects() > 0 && client.disconnected.add(log.name())) {
                    return; // the client reconnects
                }
                Optional<EventLog.Event> next = log.after(last, HEARTBEAT_INTERVAL.toMillis());
                if (next.isPresent()) {
                    last = next.get().number();
                    send(
                            out,
                            "id: %s-%d\nevent: message\ndata: %s\n\n"
                                    .formatted(
                                            log.name(),
                                            last,
                                            Json.write(next.get().message())));
                } else if (log.isClosed()) {
                    client.streams.remove(log.name());
                    return;
                } else {
                    send(out, ": still here\n\n"); // detects clients that are gone
                }
                client.usedAt.set(System.nanoTime());
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.listeners.decrementAndGet();
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the number of sessions, pending ones included. */
    public int sessions() {
        return clients.size();
    }

    /** Ends all sessions and streams, and refuses new ones. Idempotent. */
    @Override
    public void close() {
        stopped.set(true);
        for (Iterator<Client> iterator = clients.values().iterator(); iterator.hasNext(); ) {
            iterator.next().close();
            iterator.remove();
        }
    }
}
