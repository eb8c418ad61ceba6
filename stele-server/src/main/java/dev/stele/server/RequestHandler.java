package dev.stele.server;

import dev.stele.arena.TypedArena;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.ExtensionConfig;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * The frame around every request: names it, finds its route, asks the gate and the rate limit, collects its body, has it
 * admitted, runs it on a thread of its kind within its limits, turns whatever is thrown into a problem, gives back what it
 * held, sends the answer, writes the audit and counts.
 *
 * <p>Up to its admission a request runs on the thread of its connection, which nothing here blocks, so a request that waits
 * or is refused costs no thread, and health is answered at any load. Immutable and thread-safe.
 */
final class RequestHandler extends Handler.Abstract.NonBlocking {

    private static final System.Logger LOG = System.getLogger(RequestHandler.class.getName());
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern VALID_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    /** Answers that are this small are sent without being counted: their sum is bounded by the connections. */
    private static final int UNCOUNTED_BYTES = 16 * 1024;

    /** A body beyond this takes many times as much memory when it is read, so few are read at once. */
    private static final int LARGE_BYTES = 32 * 1024;

    private final Parts parts;

    /**
     * What the frame works with.
     *
     * @param bodies where bodies are collected
     * @param bodyBytes bytes of bodies that are being collected or used
     * @param responseBytes bytes of answers that were not sent completely yet
     */
    record Parts(
            Router router,
            Metrics metrics,
            AccessFilter gate,
            RateLimit rates,
            Admission admission,
            RequestThreads threads,
            Watchdog watchdog,
            TypedArena bodies,
            Quota bodyBytes,
            Quota responseBytes,
            Quota transfers,
            BodyCollector.Limits bodyLimits,
            Exchange.BodyLimits unpackedLimits,
            ConnectionGuard connections,
            ServerWebSocketContainer sockets) {}

    RequestHandler(Parts parts) {
        this.parts = parts;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        parts.metrics().began();
        String given = request.getHeaders().get(REQUEST_ID);
        String id = given != null && VALID_ID.matcher(given).matches() ? given : Ids.next();
        response.getHeaders().put(REQUEST_ID, id);
        new Frame(request, response, callback, id).begin();
        return true;
    }

    /** The connections on which a request runs now. */
    Set<EndPoint> busyConnections() {
        return parts.watchdog()
                .watched()
                .filter(Frame.class::isInstance)
                .map(frame -> ((Frame) frame).endPoint())
                .collect(Collectors.toSet());
    }

    /** One request on its way. Its fields are written before it is handed to its thread. */
    private final class Frame implements Watchdog.Watched {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final String id;
        private final long startNanos = System.nanoTime();
        private final AtomicBoolean counted = new AtomicBoolean();
        private final AtomicBoolean holding = new AtomicBoolean();
        /** The thread whose request is held to the limits of a request; null before and after. */
        private volatile @Nullable Thread runner;

        private Optional<Router.Match> match = Optional.empty();
        private Optional<ApiKey> key = Optional.empty();
        private Caller caller = new Caller("", true);

        Frame(Request request, Response response, Callback callback, String id) {
            this.request = request;
            this.response = response;
            this.callback = Callback.from(callback, this::releaseConnection);
            this.id = id;
        }

        /** From here on the connection may be silent because of the server and not of the client. */
        private void holdConnection() {
            if (holding.compareAndSet(false, true)) {
                parts.watchdog().watch(this);
            }
        }

        private void releaseConnection() {
            if (holding.compareAndSet(true, false)) {
                parts.watchdog().unwatch(this);
            }
        }

        private boolean isLate() {
            return runner != null
                    && System.nanoTime() - startNanos
                            > parts.threads().limits().time().toNanos();
        }

        EndPoint endPoint() {
            return request.getConnectionMetaData().getConnection().getEndPoint();
        }

        /** Interrupts the thread of a request that is past its deadline; the request ends at its next checkpoint. */
        @Override
        public void inspect(long now) {
            Thread thread = runner;
            if (thread != null && isLate()) {
                thread.interrupt();
            }
        }

        void begin() {
            try {
                Router.Match found = parts.router()
                        .find(request.getMethod(), request.getHttpURI().getPath());
                match = Optional.of(found);
                key = parts.gate().authenticate(request, found);
                caller = Caller.of(key, request);
                parts.gate().authorize(key, found);
                switch (found.route().work()) {
                    case INLINE -> run(RequestBody.NONE, Permit.NONE);
                    case CONTROL -> {
                        holdConnection();
                        parts.threads().control().execute(() -> run(RequestBody.NONE, Permit.NONE));
                    }
                    case TRANSFER -> {
                        holdConnection();
                        parts.rates().admit(caller.name());
                        Permit permit = parts.transfers().take(caller);
                        start(parts.threads().transfers(), permit, () -> transfer(permit));
                    }
                    case REQUEST, COMPUTE, STREAM -> {
                        parts.rates().admit(caller.name());
                        collectBody();
                    }
                }
            } catch (Throwable e) { // whatever it is, the client gets an answer
                refuse(e);
            }
        }

        private RequestBody streamedBody() {
            return new RequestBody.Streaming(request, stallGuard());
        }

        private StallGuard stallGuard() {
            BodyCollector.Limits limits = parts.bodyLimits();
            return new StallGuard(parts.watchdog(), limits.grace(), limits.minBytesPerSecond(), revoked());
        }

        private BooleanSupplier revoked() {
            return key.<BooleanSupplier>map(held -> () -> parts.gate().isRevoked(held))
                    .orElse(() -> false);
        }

        private void collectBody() {
            if (HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod())) {
                admit(RequestBody.NONE); // no resource reads the body of one
                return;
            }
            RequestEncoding.isGzip(Optional.ofNullable(request.getHeaders().get(HttpHeader.CONTENT_ENCODING)));
            new BodyCollector(
                            request,
                            parts.watchdog(),
                            parts.bodies(),
                            parts.bodyLimits(),
                            parts.bodyBytes(),
                            caller,
                            new BodyCollector.Completion() {
                                @Override
                                public void collected(RequestBody body) {
                                    admit(body);
                                }

                                @Override
                                public void failed(Throwable reason) {
                                    refuse(reason);
                                }
                            })
                    .start();
        }

        private void admit(RequestBody body) {
            holdConnection();
            parts.admission()
                    .admit(
                            match.flatMap(found ->
                                    Optional.ofNullable(found.parameters().get("agent"))),
                            caller,
                            permit -> start(
                                    threads(body),
                                    new Permit(() -> {
                                        permit.close();
                                        body.close();
                                    }),
                                    () -> run(body, permit)),
                            problem -> {
                                body.close();
                                refuse(problem);
                            });
        }

        private Executor threads(RequestBody body) {
            boolean large = body instanceof RequestBody.Collected collected && collected.length() > LARGE_BYTES;
            if (large) {
                return parts.threads().bulk();
            }
            boolean reads = match.filter(found -> AccessFilter.needed(found.route()) == Scope.READ)
                    .isPresent();
            return reads ? parts.threads().reads() : parts.threads().writes();
        }

        /** @param held given back if the work does not start; else it is for the work to do so */
        private void start(Executor threads, Permit held, Runnable work) {
            try {
                threads.execute(work);
            } catch (Throwable e) { // the pool is closed, or the system gives no thread
                held.close();
                refuse(e);
            }
        }

        /** Moves a whole memory in or out, on the current thread until its end, so that the permit bounds how many do. */
        private void transfer(Permit permit) {
            try (permit) {
                Reply reply;
                try (RequestBody body = streamedBody()) {
                    reply = answer(body);
                } catch (Throwable e) { // as in run; some of its body may be unread
                    permit.close(); // before the client hears of it, and may try again
                    refuse(e);
                    return;
                }
                if (reply instanceof Reply.Stream stream) {
                    stream(stream);
                } else {
                    deliver(reply);
                }
            }
        }

        /** Answers on the current thread. Returns everything that the request held, whatever happens. */
        private void run(RequestBody body, Permit permit) {
            Reply reply;
            Router.Work work = match.orElseThrow().route().work();
            boolean limited = work != Router.Work.INLINE && work != Router.Work.CONTROL;
            if (limited) {
                runner = Thread.currentThread();
            }
            try (permit;
                    body) {
                if (limited) {
                    parts.gate().requireStillValid(key);
                }
                reply = switch (work) {
                    case INLINE, CONTROL, TRANSFER -> answer(body);
                    case REQUEST, STREAM -> WorkBudget.call(parts.threads().limits(), () -> answer(body));
                    case COMPUTE -> parts.threads().compute(caller, () -> answer(body));
                };
            } catch (Throwable e) { // an error of one request must not reach the thread, or what the request held
                reply = problem(e);
            } finally {
                if (limited) {
                    runner = null;
                    Thread.interrupted(); // meant for this request, not for the next one on this thread
                }
            }
            deliver(reply);
        }

        private Reply answer(RequestBody body) throws Exception {
            Router.Match found = match.orElseThrow();
            return found.route()
                    .resource()
                    .answer(new Exchange(request, found.parameters(), body, parts.unpackedLimits(), key, caller, id));
        }

        /** Sends a refusal once what the client still sends was read, as far as that is worth it. */
        private void refuse(Throwable e) {
            Reply reply = problem(e);
            BodyDrain.drain(request, parts.watchdog(), whole -> {
                // HTTP/2 resets the stream alone; a connection of HTTP/1 whose body was not read has to be given up.
                boolean alone = request.getConnectionMetaData().getHttpVersion().getVersion() >= 20;
                if (!whole && !alone) {
                    response.getHeaders().put(HttpHeader.CONNECTION, "close");
                }
                deliver(reply);
            });
        }

        private Reply problem(Throwable thrown) {
            // What was interrupted at its deadline says so in as many ways as there are things to wait for.
            Throwable e = isLate() && !(thrown instanceof HttpProblem)
                    ? WorkBudget.tooLong(parts.threads().limits())
                    : thrown;
            Problem problem = Problem.of(e);
            if (problem.status() >= 500 && (problem.status() != 503 || e instanceof Error)) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "request " + id + " " + request.getMethod() + " "
                                + request.getHttpURI().getPath() + " failed",
                        e);
            }
            return Reply.problem(problem, id);
        }

        private void deliver(Reply reply) {
            try {
                switch (reply) {
                    case Reply.Whole whole ->
                        send(new Reply.Region(
                                whole.status(), whole.type(), ByteBuffer.wrap(whole.body()), whole.headers()));
                    case Reply.Region region -> send(region);
                    case Reply.Stream stream -> parts.threads().streams().execute(() -> stream(stream));
                    case Reply.Later later -> parts.threads().streams().execute(() -> later(later));
                    case Reply.Socket socket -> upgrade(socket);
                }
            } catch (Throwable e) { // the last line: the client hears of it if it can, and the connection ends
                reply.abandon();
                if (response.isCommitted()) {
                    count(500);
                    callback.failed(e);
                } else {
                    sendPlainly(problem(e));
                }
            }
        }

        private void sendPlainly(Reply problem) {
            try {
                if (problem instanceof Reply.Whole whole) {
                    send(new Reply.Region(
                            whole.status(), whole.type(), ByteBuffer.wrap(whole.body()), whole.headers()));
                }
            } catch (Throwable e) { // nothing more can be done for this connection
                count(500);
                callback.failed(e);
            }
        }

        private void later(Reply.Later later) {
            Reply reply;
            try (var _ = later.held()) {
                reply = later.work().call();
            } catch (Throwable e) { // as in run
                reply = problem(e);
            } finally {
                Thread.interrupted();
            }
            deliver(reply);
        }

        private void send(Reply.Region reply) {
            int bytes = reply.body().remaining();
            Permit permit = Permit.NONE;
            if (bytes > UNCOUNTED_BYTES && reply.status() < 300) {
                permit = parts.responseBytes().take(caller, bytes);
            }
            response.setStatus(reply.status());
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
            count(reply.status());
            if (reply.status() == 204 || reply.status() == 304) {
                permit.close();
                callback.succeeded();
                return;
            }
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes);
            if (HttpMethod.HEAD.is(request.getMethod())) {
                permit.close();
                callback.succeeded();
            } else if (bytes <= UNCOUNTED_BYTES) {
                permit.close();
                response.write(true, reply.body(), callback);
            } else {
                response.write(true, reply.body(), new Sending(permit, bytes));
            }
        }

        /** A large answer on its way; its connection is given up if its reader is slower than the least rate. */
        private final class Sending implements Callback, Watchdog.Watched {
            private final Permit permit;
            private final long deadline;
            private final AtomicBoolean ended = new AtomicBoolean();

            Sending(Permit permit, int bytes) {
                this.permit = permit;
                BodyCollector.Limits limits = parts.bodyLimits();
                this.deadline = System.nanoTime()
                        + limits.grace()
                                .plus(Duration.ofSeconds(bytes / limits.minBytesPerSecond()))
                                .toNanos();
                parts.watchdog().watch(this);
            }

            private boolean end() {
                boolean first = ended.compareAndSet(false, true);
                if (first) {
                    parts.watchdog().unwatch(this);
                    permit.close();
                }
                return first;
            }

            @Override
            public void succeeded() {
                if (end()) {
                    callback.succeeded();
                }
            }

            @Override
            public void failed(Throwable e) {
                if (end()) {
                    callback.failed(e);
                }
            }

            @Override
            public InvocationType getInvocationType() {
                return InvocationType.NON_BLOCKING;
            }

            @Override
            public void inspect(long now) {
                if (now - deadline > 0) {
                    failed(new EofException("the answer is read too slowly (server.min-rate)"));
                    request.getConnectionMetaData().getConnection().close();
                }
            }
        }

        private void upgrade(Reply.Socket socket) {
            parts.connections().keep(endPoint());
            // A client that goes before it is told leaves a socket that never opens, and so never closes.
            Callback handshake = Callback.from(callback::succeeded, failure -> {
                socket.held().close();
                parts.connections().release(endPoint());
                callback.failed(failure);
            });
            boolean upgraded = false;
            try {
                upgraded = !sentMoreThanHandshake()
                        && parts.sockets()
                                .upgrade(
                                        (asked, answer, _) -> {
                                            answer.setExtensions(compression(asked));
                                            return socket.endpoint().get();
                                        },
                                        request,
                                        response,
                                        handshake);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "a handshake of a WebSocket failed", e);
            } finally {
                if (!upgraded) {
                    socket.held().close();
                    parts.connections().release(endPoint());
                }
            }
            if (upgraded) {
                count(101);
                return;
            }
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            Problem problem = new Problem(
                    400,
                    "no-websocket",
                    "This is no proper handshake of a WebSocket, or more was sent before it was answered.");
            byte[] body = Json.write(problem.toJson(id)).getBytes(StandardCharsets.UTF_8);
            send(new Reply.Region(400, "application/problem+json", ByteBuffer.wrap(body), Map.of()));
        }

        /**
         * Whether the client sent anything after the head, which it must not before it has the answer (RFC 6455, section
         * 4.1). Jetty 12.1.12 loses the buffer of such a connection when the upgrade is made by another thread than the
         * connection's, as here.
         */
        private boolean sentMoreThanHandshake() {
            return request.getLength() > 0
                    || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                    || (request.getConnectionMetaData().getConnection() instanceof HttpConnection connection
                            && !connection.isRequestBufferEmpty());
        }

        /**
         * The first offer to compress messages that can be kept to. Jetty agrees to a smaller window for what the server sends
         * and then does not keep to it, since the JDK's deflater has the largest one alone (RFC 7692, 7.1.2.1).
         */
        private static List<ExtensionConfig> compression(ServerUpgradeRequest asked) {
            return asked.getExtensions().stream()
                    .filter(offer -> offer.getName().equals("permessage-deflate")
                            && !offer.getParameterKeys().contains("server_max_window_bits"))
                    .limit(1)
                    .toList();
        }

        private void stream(Reply.Stream reply) {
            count(200);
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            Throwable failure = null;
            boolean begun = false;
            try (var guard = stallGuard();
                    OutputStream out = guard.writing(Content.Sink.asOutputStream(response))) {
                begun = true;
                reply.writer().writeTo(out);
            } catch (EofException e) {
                failure = e; // the reader went; nobody is left to tell
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "a stream ended early", e);
                failure = e;
            } catch (Throwable e) { // as in run
                LOG.log(System.Logger.Level.ERROR, "the stream of request " + id + " failed", e);
                failure = e;
            } finally {
                if (!begun) {
                    reply.abandon();
                }
                Thread.interrupted();
            }
            if (failure == null) {
                callback.succeeded();
            } else {
                callback.failed(failure);
            }
        }

        /** Audits and counts the request, once, when its status is known. */
        private void count(int status) {
            if (!counted.compareAndSet(false, true)) {
                return;
            }
            match.ifPresent(found -> parts.gate().audit(key, found.route(), found.parameters(), status, id));
            long took = System.nanoTime() - startNanos;
            parts.metrics()
                    .ended(
                            request.getMethod(),
                            match.map(found -> found.route().template()).orElse("none"),
                            status,
                            took);
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "request %s %s %s %d in %.1f ms"
                            .formatted(
                                    id,
                                    request.getMethod(),
                                    request.getHttpURI().getPath(),
                                    status,
                                    took / 1e6));
        }
    }
}
