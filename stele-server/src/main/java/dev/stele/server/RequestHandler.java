package dev.stele.server;

import dev.stele.arena.TypedArena;
import dev.stele.concurrent.InterruptibleSection;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.Scope;
import dev.stele.telemetry.TraceContext;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * Jetty handler that takes every request from its head to the last byte of its response. Immutable and thread-safe.
 *
 * <p>Steps, in order:
 *
 * <ol>
 *   <li>assign the request id, find the route, authenticate and authorize the caller, apply the rate limit;
 *   <li>collect the body ({@link BodyCollector}) and wait for admission ({@link Admission});
 *   <li>run the resource on the thread pool for its kind of work, within the time limit of a request
 *       ({@link RequestThreads});
 *   <li>turn any {@code Throwable} into a problem document, release permits and body, send the response;
 *   <li>write the audit log and record the metrics.
 * </ol>
 *
 * <p>The first two steps run on the thread of the connection and never block. A request that waits or is refused
 * therefore occupies no thread, and the server reports its health at any load.
 */
final class RequestHandler extends Handler.Abstract.NonBlocking {

    private static final System.Logger LOG = System.getLogger(RequestHandler.class.getName());
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern VALID_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    /**
     * Maximum size of a response that is sent without a permit for its bytes. The number of connections bounds the sum
     * of such responses.
     */
    private static final int MAX_UNCOUNTED_RESPONSE_BYTES = 16 * 1024;

    /**
     * Maximum size of a body that is parsed on an ordinary request thread. Parsing takes several times the memory of
     * the body, so larger ones run on the few threads of the bulk pool.
     */
    private static final int MAX_SMALL_BODY_BYTES = 32 * 1024;

    private final Services services;

    /**
     * Services that all requests share.
     *
     * @param rateLimit bounds the requests of each caller in a second
     * @param bodies arena that bodies are collected in
     * @param bodyBytes quota of bytes of bodies that are being collected or processed
     * @param responseBytes quota of bytes of responses that are not completely sent
     * @param transfers quota of exports and imports that run
     * @param bodyLimits limits of receiving a body
     * @param decodedLimits limits of decompressing a body
     * @param connections guard that must not close the connections of WebSockets
     */
    record Services(
            Router router,
            Metrics metrics,
            AccessFilter accessFilter,
            RateLimit rateLimit,
            Admission admission,
            RequestThreads threads,
            Watchdog watchdog,
            TypedArena bodies,
            Quota bodyBytes,
            Quota responseBytes,
            Quota transfers,
            BodyCollector.Limits bodyLimits,
            Exchange.BodyLimits decodedLimits,
            ConnectionGuard connections,
            ServerWebSocketContainer sockets) {}

    RequestHandler(Services services) {
        this.services = services;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        services.metrics().requestStarted();
        String clientId = request.getHeaders().get(REQUEST_ID);
        String id = clientId != null && VALID_ID.matcher(clientId).matches() ? clientId : Ids.next();
        response.getHeaders().put(REQUEST_ID, id);
        new ActiveRequest(request, response, callback, id).start();
        return true;
    }

    /** Returns the connections on which a request is being processed. */
    Set<EndPoint> busyConnections() {
        return services.watchdog()
                .watched()
                .filter(ActiveRequest.class::isInstance)
                .map(active -> ((ActiveRequest) active).endPoint())
                .collect(Collectors.toSet());
    }

    /**
     * State of one request between its head and the end of its response. The fields that are not final or volatile are
     * written before the request is handed to its thread.
     */
    private final class ActiveRequest implements Watchdog.Watched {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final String id;
        private final long startNanos = System.nanoTime();
        private final AtomicBoolean recorded = new AtomicBoolean();
        private final AtomicBoolean holding = new AtomicBoolean();
        /** Work of the resource within the time limit of a request. */
        private final InterruptibleSection work = new InterruptibleSection();
        /** Write that the request waits for without a thread; null before and after. */
        private volatile @Nullable Future<?> write;

        private Optional<Router.Match> match = Optional.empty();
        private Optional<ApiKey> key = Optional.empty();
        private Caller caller = new Caller("", true);

        ActiveRequest(Request request, Response response, Callback callback, String id) {
            this.request = request;
            this.response = response;
            this.callback = Callback.from(callback, this::releaseConnection);
            this.id = id;
        }

        /**
         * Protects the connection from {@link ConnectionGuard}: from now on it is silent because the server is working.
         */
        private void holdConnection() {
            if (holding.compareAndSet(false, true)) {
                services.watchdog().watch(this);
            }
        }

        private void releaseConnection() {
            if (holding.compareAndSet(true, false)) {
                services.watchdog().unwatch(this);
            }
        }

        private boolean isLate() {
            return (work.isEntered() || write != null)
                    && System.nanoTime() - startNanos
                            > services.threads().limits().time().toNanos();
        }

        EndPoint endPoint() {
            return request.getConnectionMetaData().getConnection().getEndPoint();
        }

        /**
         * Ends a request that is past its deadline: interrupts its thread, so that it ends at its next checkpoint, or
         * withdraws its write if that has not begun.
         */
        @Override
        public void inspect(long now) {
            if (!isLate()) {
                return;
            }
            work.interrupt();
            Future<?> submitted = write;
            if (submitted != null) {
                submitted.cancel(false);
            }
        }

        void start() {
            try {
                Router.Match routeMatch = services.router()
                        .find(request.getMethod(), request.getHttpURI().getPath());
                match = Optional.of(routeMatch);
                key = services.accessFilter().authenticate(request, routeMatch);
                caller = Caller.of(key, request);
                services.accessFilter().authorize(key, routeMatch);
                switch (routeMatch.route().work()) {
                    case INLINE -> run(RequestBody.NONE, Permit.NONE);
                    case CONTROL -> {
                        holdConnection();
                        services.threads().control().execute(() -> run(RequestBody.NONE, Permit.NONE));
                    }
                    case TRANSFER -> {
                        holdConnection();
                        services.rateLimit().admit(caller.name());
                        Permit permit = services.transfers().take(caller);
                        execute(services.threads().transfers(), permit, () -> transfer(permit));
                    }
                    case REQUEST, SUBMIT, COMPUTE, STREAM -> {
                        services.rateLimit().admit(caller.name());
                        collectBody();
                    }
                }
            } catch (Throwable e) { // every failure, of whatever kind, must reach the client as a response
                refuse(e);
            }
        }

        private RequestBody streamedBody() {
            return new RequestBody.Streaming(request, stallGuard());
        }

        private StallGuard stallGuard() {
            BodyCollector.Limits limits = services.bodyLimits();
            return new StallGuard(
                    services.watchdog(),
                    limits.grace(),
                    limits.minBytesPerSecond(),
                    services.accessFilter().ended(key, request));
        }

        private void collectBody() {
            if (HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod())) {
                admit(RequestBody.NONE); // no resource reads the body of a GET or HEAD request
                return;
            }
            // Refuses an unknown encoding before the body is received.
            RequestEncoding.isGzip(Optional.ofNullable(request.getHeaders().get(HttpHeader.CONTENT_ENCODING)));
            new BodyCollector(
                            request,
                            services.watchdog(),
                            services.bodies(),
                            services.bodyLimits(),
                            services.bodyBytes(),
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
            services.admission()
                    .admit(
                            match.flatMap(found ->
                                    Optional.ofNullable(found.parameters().get("agent"))),
                            caller,
                            permit -> execute(
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
            boolean large =
                    body instanceof RequestBody.Collected collected && collected.length() > MAX_SMALL_BODY_BYTES;
            if (large) {
                return services.threads().bulk();
            }
            if (match.filter(found -> found.route().work() == Router.Work.SUBMIT)
                    .isPresent()) {
                return services.threads().submissions();
            }
            boolean reads = match.filter(found -> AccessFilter.needed(found.route()) == Scope.READ)
                    .isPresent();
            return reads ? services.threads().reads() : services.threads().writes();
        }

        /**
         * Runs work on a pool, or refuses the request if the pool does not accept it.
         *
         * @param held released if the work does not start; otherwise the work releases it
         */
        private void execute(Executor threads, Permit held, Runnable work) {
            try {
                threads.execute(work);
            } catch (Throwable e) { // the pool is closed, or the operating system provides no thread
                held.close();
                refuse(e);
            }
        }

        /**
         * Runs an export or import to its end on the current thread, so that the permit bounds the number of transfers
         * that run.
         */
        private void transfer(Permit permit) {
            try (permit) {
                Reply reply;
                try (RequestBody body = streamedBody()) {
                    reply = answer(body);
                } catch (Throwable e) { // any failure becomes a response; a part of the body may be unread
                    permit.close(); // before the client receives the refusal and retries
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

        /**
         * Runs the resource on the current thread, releases body and permit in every case, and sends the reply. The
         * permit of a pending reply is released when the reply is there.
         */
        private void run(RequestBody body, Permit permit) {
            Reply reply;
            Router.Work kind = match.orElseThrow().route().work();
            boolean limited = kind != Router.Work.INLINE && kind != Router.Work.CONTROL;
            if (limited) {
                work.enter();
            }
            try (body) {
                if (limited) {
                    services.accessFilter().requireStillValid(key);
                }
                reply = switch (kind) {
                    case INLINE, CONTROL, TRANSFER -> answer(body);
                    case REQUEST, SUBMIT, STREAM ->
                        WorkBudget.call(services.threads().limits(), () -> answer(body));
                    case COMPUTE -> services.threads().compute(caller, () -> answer(body));
                };
            } catch (Throwable e) { // a failure of one request must not end the thread
                reply = problem(e);
            } finally {
                if (limited) {
                    work.leave();
                }
            }
            if (reply instanceof Reply.Pending pending) {
                await(pending, permit);
            } else {
                permit.close();
                deliver(reply);
            }
        }

        /** Sends a pending reply when it is there, or a refusal if the request is past its deadline before. */
        private void await(Reply.Pending pending, Permit permit) {
            write = pending.write();
            CompletableFuture<Reply> _ = pending.reply().whenComplete((reply, failure) -> {
                Reply result = failure == null ? reply : problem(cause(failure));
                write = null;
                permit.close();
                deliver(result);
            });
        }

        private static Throwable cause(Throwable failure) {
            return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        }

        private Reply answer(RequestBody body) throws Exception {
            Router.Match routeMatch = match.orElseThrow();
            var exchange =
                    new Exchange(request, routeMatch.parameters(), body, services.decodedLimits(), key, caller, id);
            return TraceContext.call(
                    trace(), () -> routeMatch.route().resource().answer(exchange));
        }

        /** Returns the position in the trace of the client; empty if the client sent none. */
        private Optional<TraceContext> trace() {
            return TraceContext.parse(
                    request.getHeaders().get("traceparent"),
                    request.getHeaders().get("tracestate"));
        }

        /** Sends a refusal after the rest of the body was discarded within the limits of {@link BodyDrain}. */
        private void refuse(Throwable e) {
            Reply reply = problem(e);
            BodyDrain.drain(request, services.watchdog(), complete -> {
                // HTTP/2 resets only the stream; an HTTP/1 connection with an unread body cannot be used again.
                boolean multiplexed =
                        request.getConnectionMetaData().getHttpVersion().getVersion() >= 20;
                if (!complete && !multiplexed) {
                    response.getHeaders().put(HttpHeader.CONNECTION, "close");
                }
                deliver(reply);
            });
        }

        private Reply.Complete problem(Throwable thrown) {
            // A request that is interrupted at its deadline fails with different exceptions, depending on what it
            // waited for.
            Throwable e = isLate() && !(thrown instanceof HttpProblem)
                    ? WorkBudget.tooLong(services.threads().limits())
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
                    case Reply.Complete complete -> send(complete.toBuffer());
                    case Reply.Buffer buffer -> send(buffer);
                    case Reply.Stream stream -> services.threads().streams().execute(() -> stream(stream));
                    case Reply.Pending pending -> await(pending, Permit.NONE);
                    case Reply.Deferred deferred -> services.threads().streams().execute(() -> runDeferred(deferred));
                    case Reply.WebSocket socket -> upgrade(socket);
                }
            } catch (Throwable e) { // last resort: report the failure if nothing was sent, else end the connection
                reply.abandon();
                if (response.isCommitted()) {
                    record(500);
                    callback.failed(e);
                } else {
                    sendProblem(problem(e));
                }
            }
        }

        private void sendProblem(Reply.Complete problem) {
            try {
                send(problem.toBuffer());
            } catch (Throwable e) { // no response can be sent on this connection
                record(500);
                callback.failed(e);
            }
        }

        private void runDeferred(Reply.Deferred deferred) {
            Reply reply;
            try (var _ = deferred.held()) {
                reply = TraceContext.call(trace(), deferred.work());
            } catch (Throwable e) { // a failure of one request must not end the thread
                reply = problem(e);
            } finally {
                Thread.interrupted();
            }
            deliver(reply);
        }

        /**
         * Returns whether the request has changed nothing, so that its response may be refused. A client repeats a
         * request that was refused with 503, so this must not be the answer to one that was executed.
         */
        private boolean onlyReads() {
            return HttpMethod.GET.is(request.getMethod())
                    || HttpMethod.HEAD.is(request.getMethod())
                    || match.filter(found -> AccessFilter.onlyReads(found.route()))
                            .isPresent();
        }

        private void send(Reply.Buffer reply) {
            int bytes = reply.body().remaining();
            Permit permit = Permit.NONE;
            if (bytes > MAX_UNCOUNTED_RESPONSE_BYTES && reply.status() < 300) {
                permit = onlyReads()
                        ? services.responseBytes().take(caller, bytes)
                        : services.responseBytes().takeBeyond(caller, bytes);
            }
            response.setStatus(reply.status());
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
            record(reply.status());
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
            } else if (bytes <= MAX_UNCOUNTED_RESPONSE_BYTES) {
                permit.close();
                response.write(true, reply.body(), callback);
            } else {
                response.write(true, reply.body(), new ResponseWrite(permit, bytes));
            }
        }

        /**
         * Completion of a large response that is being sent. Closes the connection if the client reads more slowly than
         * {@code server.min-rate}.
         */
        private final class ResponseWrite implements Callback, Watchdog.Watched {
            private final Permit permit;
            private final long deadline;
            private final AtomicBoolean ended = new AtomicBoolean();

            ResponseWrite(Permit permit, int bytes) {
                this.permit = permit;
                BodyCollector.Limits limits = services.bodyLimits();
                this.deadline = System.nanoTime()
                        + limits.grace()
                                .plus(Duration.ofSeconds(bytes / limits.minBytesPerSecond()))
                                .toNanos();
                services.watchdog().watch(this);
            }

            private boolean end() {
                boolean first = ended.compareAndSet(false, true);
                if (first) {
                    services.watchdog().unwatch(this);
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
                    failed(new EofException("the client reads the response too slowly (server.min-rate)"));
                    request.getConnectionMetaData().getConnection().close();
                }
            }
        }

        private void upgrade(Reply.WebSocket socket) {
            services.connections().keep(endPoint());
            // If the client leaves before it receives the handshake, the WebSocket never opens and so never closes.
            Callback handshake = Callback.from(callback::succeeded, failure -> {
                socket.held().close();
                services.connections().release(endPoint());
                callback.failed(failure);
            });
            boolean upgraded = false;
            try {
                upgraded = !sentDataBeforeUpgrade()
                        && services.sockets()
                                .upgrade(
                                        (upgradeRequest, upgradeResponse, _) -> {
                                            upgradeResponse.setExtensions(supportedExtensions(upgradeRequest));
                                            return socket.endpoint().get();
                                        },
                                        request,
                                        response,
                                        handshake);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "a WebSocket handshake failed", e);
            } finally {
                if (!upgraded) {
                    socket.held().close();
                    services.connections().release(endPoint());
                }
            }
            if (upgraded) {
                record(101);
                return;
            }
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            Problem problem = new Problem(
                    400,
                    "no-websocket",
                    "The WebSocket handshake is invalid, or data was sent before its response. Send a handshake of RFC 6455 and wait for the response.");
            byte[] body = Json.write(problem.toJson(id)).getBytes(StandardCharsets.UTF_8);
            send(new Reply.Buffer(400, "application/problem+json", ByteBuffer.wrap(body), Map.of()));
        }

        /**
         * Returns whether the client sent data after the head of the handshake, which RFC 6455, section 4.1 forbids
         * before the response. Such a handshake is refused, because Jetty 12.1.12 leaks the buffer of the connection
         * when another thread than that of the connection performs the upgrade, as is the case here.
         */
        private boolean sentDataBeforeUpgrade() {
            return request.getLength() > 0
                    || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                    || (request.getConnectionMetaData().getConnection() instanceof HttpConnection connection
                            && !connection.isRequestBufferEmpty());
        }

        /**
         * Returns the first offer of message compression that the server can honor, or nothing. An offer that limits
         * the window of the server is rejected: Jetty accepts it, but the JDK's deflater supports only the largest
         * window (RFC 7692, section 7.1.2.1).
         */
        private static List<ExtensionConfig> supportedExtensions(ServerUpgradeRequest upgradeRequest) {
            return upgradeRequest.getExtensions().stream()
                    .filter(offer -> offer.getName().equals("permessage-deflate")
                            && !offer.getParameterKeys().contains("server_max_window_bits"))
                    .limit(1)
                    .toList();
        }

        private void writeInTrace(Reply.Stream reply, OutputStream out) throws IOException {
            try {
                TraceContext.call(trace(), () -> {
                    reply.writer().writeTo(out);
                    return true;
                });
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private void stream(Reply.Stream reply) {
            record(200);
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            if (reply.type().equals("text/event-stream")) {
                response.getHeaders().put("X-Accel-Buffering", "no"); // else a proxy may hold events back
            }
            Throwable failure = null;
            boolean started = false;
            try (var guard = stallGuard();
                    OutputStream out = guard.writing(Content.Sink.asOutputStream(response))) {
                started = true;
                writeInTrace(reply, out);
            } catch (EofException e) {
                failure = e; // the client closed the connection
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "a stream ended early", e);
                failure = e;
            } catch (Throwable e) { // a failure of one request must not end the thread
                LOG.log(System.Logger.Level.ERROR, "the stream of request " + id + " failed", e);
                failure = e;
            } finally {
                if (!started) {
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

        /** Writes the audit log and the metrics of the request when its status is known. Idempotent. */
        private void record(int status) {
            if (!recorded.compareAndSet(false, true)) {
                return;
            }
            String query = Objects.requireNonNullElse(request.getHttpURI().getQuery(), "");
            match.ifPresent(found -> services.accessFilter()
                    .audit(key, found.route(), found.parameters(), query, Exchange.auditSubject(request), status, id));
            long took = System.nanoTime() - startNanos;
            services.metrics()
                    .requestEnded(
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
