package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Durations;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
 * Clients of the Model Context Protocol over Streamable HTTP. A client's messages come by POST and are answered as JSON, or, once
 * something is to be said before the answer, as a stream of events that a client may take up again after a break; what answers
 * nothing goes to the stream that a client opens by GET. A session belongs to whoever began it, and ends when asked to or when it
 * was idle for long. Requests that say their protocol version themselves need none. Thread-safe.
 */
public final class McpHttp implements AutoCloseable {

    /** When a client that lost its stream comes back. */
    private static final Duration RETRY = Duration.ofMillis(500);

    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    /** An answer that takes longer comes as a stream of events, which holds none of what a request holds. */
    private static final Duration MAX_AS_JSON = Duration.ofSeconds(5);

    /** Answers to requests that a client can still take up again. */
    private static final int MAX_STREAMS = 64;

    private static final String STANDING = "standing";

    /** How many sessions may be begun and never used, for each that may be in use. */
    private static final int BEGUN_PER_USED = 16;

    /** How long a session that was begun has to be used for the first time before it gives way to others. */
    private static final Duration BEGINNING = Duration.ofMillis(250);

    /**
     * Who calls, and for which memory.
     *
     * @param owner who owns the sessions that the caller begins, and may have a share of all sessions only; empty text if
     *     callers are not told apart
     */
    public record Caller(String owner, AgentMemory memory, boolean readOnly, boolean searchFirst) {}

    /** What goes back. */
    public sealed interface Answer {
        /** @param headers besides the usual */
        record Whole(int status, Optional<Map<String, @Nullable Object>> body, Map<String, String> headers)
                implements Answer {}

        /** @param abandoned to be called if the stream does not begin */
        record Events(Writer writer, Runnable abandoned) implements Answer {}
    }

    /** Writes a stream; returns at its end. */
    public interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    /** A client's session and its streams. The map is concurrent, the time atomic. */
    private static final class Client {
        private final McpSession session;
        private final String owner;
        private final EventLog standing;
        private final Map<String, EventLog> streams = new ConcurrentHashMap<>();
        /** Streams whose clients were sent away once. */
        private final Set<String> broken = ConcurrentHashMap.newKeySet();

        private final AtomicLong number = new AtomicLong();
        private final AtomicLong usedAt = new AtomicLong(System.nanoTime());
        private final AtomicLong listeners = new AtomicLong();
        /** Whether a message came after the one that began the session. */
        private final AtomicBoolean used = new AtomicBoolean();

        Client(McpSession session, String owner, EventLog standing) {
            this.session = session;
            this.owner = owner;
            this.standing = standing;
        }

        boolean isInUse(long now, Duration within) {
            return listeners.get() > 0 || now - usedAt.get() <= within.toNanos();
        }

        EventLog open() {
            var log = new EventLog("r" + number.incrementAndGet());
            if (streams.size() >= MAX_STREAMS) {
                streams.values().removeIf(EventLog::isClosed);
                broken.retainAll(streams.keySet());
            }
            streams.put(log.name(), log);
            return log;
        }

        void close() {
            session.close();
            standing.close();
            streams.values().forEach(EventLog::close);
        }
    }

    private final McpServer server;
    private final Limits limits;
    private final Executor threads;
    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    /** Held from the look whether there is room for a session until it is taken: else sessions at once would pass the bound. */
    private final ReentrantLock rooms = new ReentrantLock();

    /**
     * Bounds of sessions.
     *
     * @param maxSessions maximum number of sessions ({@code mcp.sessions})
     * @param sharePercent largest share of them for one caller ({@code server.caller-share})
     * @param idle how long a session may be unused ({@code mcp.idle})
     * @param evictable how long a session in use is safe from those that come when there is no room
     * @param maxBatch maximum number of messages in a batch ({@code mcp.max-batch})
     */
    public record Limits(int maxSessions, int sharePercent, Duration idle, Duration evictable, int maxBatch) {
        int maxOfCaller() {
            return Math.max(1, Math.ceilDiv(maxSessions * sharePercent, 100));
        }
    }

    /** @param threads where requests of clients are answered */
    public McpHttp(McpServer server, Limits limits, Executor threads) {
        this.server = server;
        this.limits = limits;
        this.threads = threads;
    }

    /**
     * Takes what a client sent.
     *
     * @param sessionId as the client said it
     * @param version the protocol version as the client's header said it
     * @param handled called exactly once, when the message is handled, which may be after this returns
     */
    public Answer post(
            Caller caller,
            Optional<String> sessionId,
            Optional<String> version,
            @Nullable Object message,
            Runnable handled) {
        var running = new Running(handled);
        try {
            return post(caller, sessionId, version, message, running);
        } finally {
            running.endUnlessHandedOver();
        }
    }

    /** Says once that a message is handled: when the call ends, unless that was handed over to another thread. */
    private static final class Running {
        private final Runnable handled;
        private boolean handedOver;

        Running(Runnable handled) {
            this.handled = handled;
        }

        /** To be called on the thread of the call; the one that it is handed over to calls {@link #end}. */
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
            Running running) {
        if (version.isPresent() && !McpServer.speaks(version.get())) {
            return refused(400, null, McpServer.unknownVersion(version.get()));
        }
        if (isInitialize(message)) {
            return begin(caller, message);
        }
        if (sessionId.isEmpty()) {
            return isStateless(message)
                    ? answer(client(caller), message, running)
                    : refused(400, id(message), "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<Client> client = find(caller, sessionId.get());
        if (client.isEmpty()) {
            return gone(id(message), sessionId.get());
        }
        if (!client.get().used.get() && !use(client.get())) {
            return full(id(message));
        }
        return answer(client.get(), message, running);
    }

    /** Counts a session as used, if there is room for one more. */
    private boolean use(Client client) {
        rooms.lock();
        try {
            if (!client.used.get()) {
                if (!makeRoom(client.owner, true)) {
                    return false;
                }
                client.used.set(true);
            }
            return true;
        } finally {
            rooms.unlock();
        }
    }

    private static boolean isInitialize(@Nullable Object message) {
        return message instanceof Map<?, ?> map && "initialize".equals(map.get("method"));
    }

    private static boolean isStateless(@Nullable Object message) {
        return message instanceof Map<?, ?> map
                && map.get("params") instanceof Map<?, ?> params
                && params.get("_meta") instanceof Map<?, ?> meta
                && meta.get(McpServer.VERSION_OF_REQUEST) != null;
    }

    private static @Nullable Object id(@Nullable Object message) {
        return message instanceof Map<?, ?> map && (map.get("id") instanceof String || map.get("id") instanceof Number)
                ? map.get("id")
                : null;
    }

    private static Answer refused(int status, @Nullable Object id, String why) {
        return new Answer.Whole(
                status, Optional.of(Rpc.error(id, new RpcError(RpcError.INVALID_REQUEST, why))), Map.of());
    }

    private static Answer gone(@Nullable Object id, String session) {
        return refused(404, id, "There is no session " + Json.write(session) + " any more; call initialize.");
    }

    private Client client(Caller caller) {
        var standing = new EventLog(STANDING);
        return new Client(
                new McpSession(
                        Ids.next(),
                        caller.owner(),
                        caller.memory(),
                        caller.readOnly(),
                        caller.searchFirst() ? Optional.of(new SearchBeforeWriteGuard()) : Optional.empty(),
                        standing::add),
                caller.owner(),
                standing);
    }

    private Answer begin(Caller caller, @Nullable Object message) {
        if (stopped.get()) {
            return refused(503, id(message), "The server is stopping.");
        }
        Client client = client(caller);
        Optional<Map<String, @Nullable Object>> answer = server.handle(client.session, message, client.standing::add);
        if (answer.isEmpty() || answer.get().containsKey("error")) {
            client.close();
            return new Answer.Whole(answer.isEmpty() ? 202 : 400, answer, Map.of());
        }
        if (!add(client)) {
            client.close();
            return full(id(message));
        }
        return new Answer.Whole(200, answer, Map.of("Mcp-Session-Id", client.session.id()));
    }

    private boolean add(Client client) {
        rooms.lock();
        try {
            boolean room = makeRoom(client.owner, false);
            if (room) {
                clients.put(client.session.id(), client);
            }
            return room;
        } finally {
            rooms.unlock();
        }
    }

    private Answer full(@Nullable Object id) {
        return refused(
                503,
                id,
                "There are as many sessions as may be, %d (mcp.sessions), and none was unused for %s; end one, or try again later."
                        .formatted(limits.maxSessions(), Durations.text(limits.evictable())));
    }

    /**
     * Makes room for a session that begins, or for one that is used for the first time. Sessions that were only begun cost
     * little and have a bound of their own, {@value #BEGUN_PER_USED} times that of the others, so that beginning many ends
     * nobody's session in use. Ends what was idle too long, and where there is no room the session that was unused longest;
     * of a caller who has a full share, one of that caller's.
     *
     * @return whether there is room now; the caller holds {@link #rooms} until it took it
     */
    private boolean makeRoom(String owner, boolean used) {
        long now = System.nanoTime();
        clients.values().stream()
                .filter(client -> !client.isInUse(now, limits.idle()))
                .forEach(this::end);
        List<Client> others = clients.values().stream()
                .filter(client -> client.used.get() == used)
                .toList();
        int factor = used ? 1 : BEGUN_PER_USED;
        Duration safe = used ? limits.evictable() : BEGINNING;
        if (!owner.isEmpty()) {
            List<Client> own =
                    others.stream().filter(client -> client.owner.equals(owner)).toList();
            if (own.size() >= factor * limits.maxOfCaller() && !endOneOf(own, now, safe)) {
                return false;
            }
        }
        return others.size() < factor * limits.maxSessions() || endOneOf(others, now, safe);
    }

    private boolean endOneOf(List<Client> some, long now, Duration safe) {
        Optional<Client> unused = some.stream()
                .filter(client -> !client.isInUse(now, safe))
                .min(java.util.Comparator.comparingLong(client -> client.usedAt.get() - now));
        unused.ifPresent(this::end);
        return unused.isPresent();
    }

    /** Ends the sessions of owners who may not use them any more. */
    public void endSessionsOf(Predicate<String> owner) {
        clients.values().stream().filter(client -> owner.test(client.owner)).forEach(this::end);
    }

    private void end(Client client) {
        clients.remove(client.session.id());
        client.close();
    }

    private Optional<Client> find(Caller caller, String sessionId) {
        Optional<Client> found = Optional.ofNullable(clients.get(sessionId))
                .filter(client -> client.owner.equals(caller.owner())
                        && client.session.memory().name().equals(caller.memory().name()));
        found.ifPresent(client -> {
            client.usedAt.set(System.nanoTime());
        });
        return found;
    }

    private Answer answer(Client client, @Nullable Object message, Running running) {
        if (message instanceof List<?> batch) {
            return answerBatch(client, batch, running);
        }
        boolean request = message instanceof Map<?, ?> map && map.get("id") != null && map.get("method") != null;
        if (!request) {
            Optional<Map<String, @Nullable Object>> problem =
                    server.handle(client.session, message, client.standing::add);
            return new Answer.Whole(problem.isPresent() ? 400 : 202, problem, Map.of());
        }
        EventLog log = client.open();
        var id = id(message);
        threads.execute(() -> {
            try {
                server.handle(client.session, message, new Answering(log)).ifPresent(log::add);
            } finally {
                log.close();
                running.end();
            }
        });
        running.handOver();
        try {
            Optional<EventLog.Event> first = log.after(0, MAX_AS_JSON.toMillis());
            boolean alone = first.isPresent() && isAnswer(first.get().message(), id);
            boolean nothing = first.isEmpty() && log.breaks() == 0 && log.isClosed();
            if (alone || nothing) {
                client.streams.remove(log.name());
                return new Answer.Whole(alone ? 200 : 202, first.map(EventLog.Event::message), Map.of());
            }
            return new Answer.Events(out -> follow(client, log, 0, out), () -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused(503, id, "The server is stopping.");
        }
    }

    /** Answers each message when those before it are sent, so that the answers are never held together. */
    private Answer answerBatch(Client client, List<?> batch, Running running) {
        if (batch.size() > limits.maxBatch()) {
            return refused(
                    413,
                    null,
                    "The batch has %d messages; at most %d are taken (mcp.max-batch)."
                            .formatted(batch.size(), limits.maxBatch()));
        }
        boolean asks = batch.stream()
                .anyMatch(
                        one -> !(one instanceof Map<?, ?> map) || (map.get("id") != null && map.get("method") != null));
        if (!asks) {
            batch.forEach(one -> server.handle(client.session, one, client.standing::add));
            return new Answer.Whole(202, Optional.empty(), Map.of());
        }
        running.handOver();
        return new Answer.Events(
                out -> {
                    try {
                        for (Object one : batch) {
                            Optional<Map<String, @Nullable Object>> answer =
                                    server.handle(client.session, one, client.standing::add);
                            if (answer.isPresent()) {
                                send(out, "data: " + Json.write(answer.get()) + "\n\n");
                                out.flush();
                            }
                        }
                    } finally {
                        running.end();
                    }
                },
                running::end);
    }

    /** Where a request's messages go before its answer. */
    private record Answering(EventLog log) implements McpSession.Out {
        @Override
        public void send(Map<String, @Nullable Object> message) {
            log.add(message);
        }

        @Override
        public void breakOff() {
            log.breakOff();
        }
    }

    private static boolean isAnswer(Map<String, @Nullable Object> message, @Nullable Object id) {
        return !message.containsKey("method") && id != null && id.equals(message.get("id"));
    }

    /**
     * The stream of what answers nothing, or, after a break, the rest of one that was begun.
     *
     * @param lastEvent the id of the last event that the client saw
     */
    public Answer listen(Caller caller, Optional<String> sessionId, Optional<String> lastEvent) {
        if (sessionId.isEmpty()) {
            return refused(400, null, "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<Client> client = find(caller, sessionId.get());
        if (client.isEmpty()) {
            return gone(null, sessionId.get());
        }
        EventLog log = client.get().standing;
        long after = log.last();
        if (lastEvent.isPresent()) {
            String[] parts = lastEvent.get().split("-", 2);
            log = parts[0].equals(STANDING) ? log : client.get().streams.getOrDefault(parts[0], log);
            after = parts.length == 2 && parts[1].matches("\\d{1,18}") ? Long.parseLong(parts[1]) : 0;
        }
        EventLog followed = log;
        long from = after;
        return new Answer.Events(out -> follow(client.get(), followed, from, out), () -> {});
    }

    /** Ends a session. Returns whether there was one. */
    public boolean end(Caller caller, Optional<String> sessionId) {
        Optional<Client> client = sessionId.flatMap(id -> find(caller, id));
        client.ifPresent(this::end);
        return client.isPresent();
    }

    private void follow(Client client, EventLog log, long after, OutputStream out) throws IOException {
        client.listeners.incrementAndGet();
        try {
            // Says at once where a client may go on that hears nothing more.
            send(out, "id: %s-%d\nretry: %d\ndata: \n\n".formatted(log.name(), after, RETRY.toMillis()));
            out.flush();
            long last = after;
            boolean again = after > 0 || client.broken.contains(log.name());
            while (!stopped.get()) {
                if (!again && log.breaks() > 0 && client.broken.add(log.name())) {
                    return; // the client comes back
                }
                Optional<EventLog.Event> next = log.after(last, HEARTBEAT.toMillis());
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
                    send(out, ": still here\n\n"); // finds readers that are gone
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

    /** How many clients there are. */
    public int sessions() {
        return clients.size();
    }

    /** Ends all sessions and streams. */
    @Override
    public void close() {
        stopped.set(true);
        for (Iterator<Client> each = clients.values().iterator(); each.hasNext(); ) {
            each.next().close();
            each.remove();
        }
    }
}
