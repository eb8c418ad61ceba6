package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Durations;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Streamable HTTP transport of the Model Context Protocol, independent of the web server: sessions, responses and event
 * streams. A web server passes the body and headers of its requests to {@link #post}, {@link #listen} and {@link #end},
 * and writes the returned {@link Answer}.
 *
 * <p>A message arrives by POST. Its response is plain JSON; if messages precede the response, or the response takes
 * long, it is a stream of events.
 *
 * <p>In the revisions with sessions, a session belongs to the caller that created it. It ends on request, when it is
 * idle for too long, or when a new session needs its place. Messages that belong to no request go to the standalone
 * stream, which a client opens by GET, and a client can resume a stream after a lost connection. A message of the
 * stateless revision states its version in its body or by a header, and needs no session; the end of its connection
 * cancels it. Thread-safe.
 */
public final class McpHttp implements AutoCloseable {

    /** Maximum time for a response as plain JSON. A later one is a stream, which holds no permit of the request. */
    private static final Duration MAX_JSON_WAIT = Duration.ofSeconds(5);

    /** Maximum time for which {@link #close} waits until the ends of subscriptions are written. */
    private static final Duration MAX_END_WAIT = Duration.ofSeconds(1);

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
         * @param subscription whether the stream lasts until its client ends it
         */
        record Events(Writer writer, Runnable abandoned, boolean subscription) implements Answer {}
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

    private final McpServer server;
    private final Limits limits;
    private final Executor executor;
    private final SessionTable sessions;
    private final SearchGuards guards = new SearchGuards();
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();

    /**
     * Open subscription of the stateless revision.
     *
     * @param client session of its request
     * @param ended counted down when its stream is written or abandoned
     */
    private record Subscriber(ClientStreams client, CountDownLatch ended) {}

    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * Creates a transport without sessions.
     *
     * @param server handles the messages; closed by {@link #close}
     * @param limits limits of sessions
     * @param executor runs the requests of clients; not closed by this object
     */
    public McpHttp(McpServer server, Limits limits, Executor executor) {
        this.server = server;
        this.limits = limits;
        this.executor = executor;
        this.sessions = new SessionTable(limits);
    }

    /**
     * Handles a message or batch that a client posted. Blocks until the response is known, for five seconds at most.
     *
     * @param caller the caller
     * @param headers headers of the HTTP request
     * @param message JSON tree of the body, not validated; null is the JSON value null
     * @param handled called exactly once, when the message is handled, possibly after this method returns
     * @return the response
     */
    public Answer post(Caller caller, RequestHeaders headers, @Nullable Object message, Runnable handled) {
        var signal = new CompletionSignal(handled);
        try {
            Optional<String> version = headers.get(RequestHeaders.VERSION);
            Optional<Revision> revision = version.flatMap(Revision::of);
            if (RequestMeta.statedVersion(message) != null
                    || revision.filter(Revision::isStateless).isPresent()) {
                return postStateless(caller, headers, message, signal);
            }
            if (version.isPresent() && revision.isEmpty()) {
                return refused(id(message), Revision.unsupported(version.get()));
            }
            return postInSession(caller, headers, message, signal);
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

    // ---- the stateless revision

    private Answer postStateless(
            Caller caller, RequestHeaders headers, @Nullable Object message, CompletionSignal signal) {
        Object id = id(message);
        if (!(message instanceof Map<?, ?> fields) || !(fields.get("method") instanceof String)) {
            return error(400, id, "The body must be one request or notification of JSON-RPC 2.0.");
        }
        if (!fields.containsKey("id")) {
            return new Answer.Whole(202, Optional.empty(), Map.of()); // there are no notifications to act on
        }
        if (stopped.get()) {
            return error(503, id, "The server is stopping.");
        }
        ClientStreams client = newClient(caller, Revision.V2026_07_28);
        try {
            JsonObject json = JsonObject.of("message", fields);
            RequestMeta.of(JsonObject.of("params", json.map("params")), client.session());
            new HeaderCheck(headers, server).check(json);
        } catch (RpcError e) {
            return refused(id, versionsDiffer(headers, message) ? mismatchOfVersions(headers, message) : e);
        } catch (InvalidInputException e) {
            return refused(id, new RpcError(RpcError.INVALID_PARAMS, String.valueOf(e.getMessage())));
        }
        Answer answer = answer(client, message, false, signal);
        if (answer instanceof Answer.Whole) {
            client.close();
        }
        return answer;
    }

    private static boolean versionsDiffer(RequestHeaders headers, Object message) {
        Object stated = RequestMeta.statedVersion(message);
        return stated != null
                && headers.get(RequestHeaders.VERSION)
                        .filter(header -> !header.equals(stated))
                        .isPresent();
    }

    private static RpcError mismatchOfVersions(RequestHeaders headers, Object message) {
        return new RpcError(
                RpcError.HEADER_MISMATCH,
                "The header %s is %s, and the body states %s."
                        .formatted(
                                RequestHeaders.VERSION,
                                Json.write(headers.get(RequestHeaders.VERSION).orElse("")),
                                Json.write(RequestMeta.statedVersion(message))));
    }

    /** Returns the response to a request that is not handled, with the HTTP status that belongs to the error. */
    private static Answer refused(@Nullable Object id, RpcError error) {
        return new Answer.Whole(400, Optional.of(JsonRpc.error(id, error)), Map.of());
    }

    /** Returns the HTTP status of a response of the stateless revision. */
    private static int status(Map<String, @Nullable Object> response) {
        if (!(response.get("error") instanceof Map<?, ?> error) || !(error.get("code") instanceof Integer code)) {
            return 200;
        }
        return switch (code) {
            case RpcError.NO_METHOD -> 404;
            case RpcError.INVALID_REQUEST,
                    RpcError.HEADER_MISMATCH,
                    RpcError.MISSING_CAPABILITY,
                    RpcError.UNSUPPORTED_VERSION -> 400;
            default -> 200; // the request was well-formed
        };
    }

    // ---- revisions with sessions

    private Answer postInSession(
            Caller caller, RequestHeaders headers, @Nullable Object message, CompletionSignal signal) {
        if (message instanceof Map<?, ?> map && "initialize".equals(map.get("method"))) {
            return initialize(caller, message);
        }
        Optional<String> sessionId = headers.get(RequestHeaders.SESSION);
        if (sessionId.isEmpty()) {
            return error(400, id(message), "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<ClientStreams> client = sessions.find(caller, sessionId.get());
        if (client.isEmpty()) {
            return unknownSession(id(message), sessionId.get());
        }
        if (!sessions.establish(client.get())) {
            return tooManySessions(id(message));
        }
        return message instanceof List<?> batch
                ? answerBatch(client.get(), batch, signal)
                : answer(client.get(), message, true, signal);
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

    private ClientStreams newClient(Caller caller, Revision revision) {
        var standalone = new EventLog(ClientStreams.STANDALONE);
        McpSession session = revision.isStateless()
                ? new McpSession(
                        "",
                        caller.owner(),
                        caller.memory(),
                        caller.options(),
                        revision,
                        caller.options().searchFirst()
                                ? Optional.of(guards.of(
                                        caller.owner(), caller.memory().name()))
                                : Optional.empty(),
                        standalone::add)
                : McpSession.of(Ids.next(), caller.owner(), caller.memory(), caller.options(), standalone::add);
        return new ClientStreams(session, standalone);
    }

    private Answer initialize(Caller caller, @Nullable Object message) {
        if (stopped.get()) {
            return error(503, id(message), "The server is stopping.");
        }
        ClientStreams client = newClient(caller, Revision.LATEST_WITH_SESSIONS);
        Optional<Map<String, @Nullable Object>> answer = server.handle(
                        client.session(), message, client.standalone()::add)
                .response();
        if (answer.isEmpty() || answer.get().containsKey("error")) {
            client.close();
            return new Answer.Whole(answer.isEmpty() ? 202 : 400, answer, Map.of());
        }
        if (!sessions.add(client)) {
            client.close();
            return tooManySessions(id(message));
        }
        if (stopped.get()) { // after close looked for sessions; one that is added before is ended by close
            sessions.end(client);
        }
        return new Answer.Whole(
                200, answer, Map.of(RequestHeaders.SESSION, client.session().id()));
    }

    private Answer tooManySessions(@Nullable Object id) {
        return error(
                503,
                id,
                "There are as many sessions as may be, %d (mcp.sessions), and none was unused for %s; end one, or try again later."
                        .formatted(limits.maxSessions(), Durations.text(limits.evictable())));
    }

    // ---- responses

    /**
     * Handles one message, a request on a thread of its own.
     *
     * @param inSession whether the session outlasts the request, so that its stream can be resumed; else the session
     *     ends with the stream
     */
    private Answer answer(ClientStreams client, @Nullable Object message, boolean inSession, CompletionSignal signal) {
        boolean request = message instanceof Map<?, ?> map && map.get("id") != null && map.get("method") != null;
        if (!request) {
            Optional<Map<String, @Nullable Object>> problem = server.handle(
                            client.session(), message, client.standalone()::add)
                    .response();
            return new Answer.Whole(problem.isPresent() ? 400 : 202, problem, Map.of());
        }
        EventLog log = client.openStream();
        var id = id(message);
        executor.execute(() -> {
            boolean open = false;
            try {
                Outcome outcome = server.handle(client.session(), message, new StreamSink(log));
                outcome.response().ifPresent(log::add);
                open = outcome instanceof Outcome.Open;
            } finally {
                if (!open) {
                    log.close();
                }
                signal.end();
            }
        });
        signal.handOver();
        try {
            Optional<EventLog.Event> first = log.after(0, MAX_JSON_WAIT.toMillis());
            boolean isResponse = first.isPresent() && isResponse(first.get().message(), id);
            boolean noResponse = first.isEmpty() && log.disconnects() == 0 && log.isAtEnd(0);
            if (isResponse || noResponse) {
                client.removeStream(log);
                int status = isResponse && !inSession ? status(first.get().message()) : isResponse ? 200 : 202;
                return new Answer.Whole(status, first.map(EventLog.Event::message), Map.of());
            }
            var writer = new EventWriter(client, log, inSession);
            return inSession
                    ? new Answer.Events(out -> writer.write(0, out), () -> {}, false)
                    : ending(client, writer, isListen(message));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(503, id, "The server is stopping.");
        }
    }

    private static boolean isListen(@Nullable Object message) {
        return message instanceof Map<?, ?> map && "subscriptions/listen".equals(map.get("method"));
    }

    /** Returns a stream with whose end its session ends, and with it the request. */
    private Answer ending(ClientStreams client, EventWriter writer, boolean subscription) {
        var subscriber = new Subscriber(client, new CountDownLatch(1));
        if (subscription) {
            subscribers.add(subscriber);
            if (stopped.get()) {
                client.close();
            }
        }
        Runnable end = () -> {
            subscribers.remove(subscriber);
            client.close();
            subscriber.ended().countDown();
        };
        return new Answer.Events(
                out -> {
                    try {
                        writer.write(0, out);
                    } finally {
                        end.run();
                    }
                },
                end,
                subscription);
    }

    /**
     * Handles each message after the response to the one before is sent, so that responses do not accumulate in memory.
     */
    private Answer answerBatch(ClientStreams client, List<?> batch, CompletionSignal signal) {
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
            batch.forEach(item -> server.handle(client.session(), item, client.standalone()::add));
            return new Answer.Whole(202, Optional.empty(), Map.of());
        }
        signal.handOver();
        return new Answer.Events(
                out -> {
                    try {
                        for (Object item : batch) {
                            Optional<Map<String, @Nullable Object>> answer = server.handle(
                                            client.session(), item, client.standalone()::add)
                                    .response();
                            if (answer.isPresent()) {
                                out.write(("data: " + Json.write(answer.get()) + "\n\n")
                                        .getBytes(StandardCharsets.UTF_8));
                                out.flush();
                            }
                        }
                    } finally {
                        signal.end();
                    }
                },
                signal::end,
                false);
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

    // ---- streams and ends of sessions

    /**
     * Opens the standalone stream of a session, or resumes a stream after a lost connection.
     *
     * @param caller the caller
     * @param headers headers of the HTTP request: the id of the session, and the last event that the client received;
     *     without the latter the standalone stream begins now
     * @return the stream, or an error if the caller has no such session
     */
    public Answer listen(Caller caller, RequestHeaders headers) {
        Optional<String> sessionId = headers.get(RequestHeaders.SESSION);
        if (sessionId.isEmpty()) {
            return error(400, null, "The request needs its Mcp-Session-Id; call initialize first.");
        }
        Optional<ClientStreams> client = sessions.find(caller, sessionId.get());
        if (client.isEmpty()) {
            return unknownSession(null, sessionId.get());
        }
        EventLog log = client.get().standalone();
        long after = log.last();
        Optional<String> lastEvent = headers.get(RequestHeaders.LAST_EVENT);
        if (lastEvent.isPresent()) {
            String[] parts = lastEvent.get().split("-", 2);
            log = client.get().stream(parts[0]);
            after = parts.length == 2 && parts[1].matches("\\d{1,18}") ? Long.parseLong(parts[1]) : 0;
        }
        var writer = new EventWriter(client.get(), log, true);
        long from = after;
        return new Answer.Events(out -> writer.write(from, out), () -> {}, true);
    }

    /**
     * Ends a session.
     *
     * @param caller the caller
     * @param headers headers of the HTTP request with the id of the session
     * @return whether the caller had such a session
     */
    public boolean end(Caller caller, RequestHeaders headers) {
        Optional<ClientStreams> client = headers.get(RequestHeaders.SESSION).flatMap(id -> sessions.find(caller, id));
        client.ifPresent(sessions::end);
        return client.isPresent();
    }

    /**
     * Ends the sessions and subscriptions of some owners, such as those whose keys were revoked.
     *
     * @param owner accepts the names of owners whose sessions end
     */
    public void endSessionsOf(Predicate<String> owner) {
        sessions.endOf(owner);
        subscribers.stream()
                .map(Subscriber::client)
                .filter(client -> owner.test(client.owner()))
                .forEach(ClientStreams::close);
    }

    /** Returns the number of sessions, pending ones included. */
    public int sessions() {
        return sessions.size();
    }

    /**
     * Ends all sessions, tasks and streams without a running request, and refuses new ones. Requests that run go on
     * and are answered; the owner of the executor interrupts them if they take too long. Idempotent.
     */
    @Override
    public void close() {
        stopped.set(true);
        sessions.close();
        List<Subscriber> open = List.copyOf(subscribers);
        open.forEach(subscriber -> subscriber.client().close());
        long deadline = System.nanoTime() + MAX_END_WAIT.toNanos();
        try {
            for (Subscriber subscriber : open) {
                subscriber.ended().await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
    }
}
