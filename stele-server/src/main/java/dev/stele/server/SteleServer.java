package dev.stele.server;

import dev.stele.Stele;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.arena.IdleMemoryReclaimer;
import dev.stele.audit.AuditFiles;
import dev.stele.audit.AuditLog;
import dev.stele.chat.Chat;
import dev.stele.chat.DocumentBriefings;
import dev.stele.chat.TextExplainer;
import dev.stele.mcp.McpHttp;
import dev.stele.mcp.McpServers;
import dev.stele.mcp.TaskLimits;
import dev.stele.mcp.ToolProfile;
import dev.stele.model.InvalidInputException;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.LoginTokens;
import dev.stele.server.documents.DocumentParser;
import dev.stele.telemetry.TraceContext;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.compression.gzip.GzipCompression;
import org.eclipse.jetty.compression.server.CompressionConfig;
import org.eclipse.jetty.compression.server.CompressionHandler;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/**
 * HTTP server for one {@link Stele}. Thread-safe.
 *
 * <p>The constructor starts the server. Requests run on separate thread pools for separate kinds of work, so that one
 * kind cannot starve another; see {@code RequestThreads}. The server does not own the {@link Stele}: the caller closes
 * the server first and the {@link Stele} afterwards. {@link #close} refuses new requests and waits for running ones.
 */
public final class SteleServer implements AutoCloseable {

    private static final int RESPONSE_HEADER_BYTES = 8_192;
    /** Minimum size of a response that is compressed. */
    private static final int MIN_COMPRESSED_BYTES = 1_024;
    /** Length of the operating system's queue of connections that are not accepted yet. */
    private static final int ACCEPT_QUEUE_LENGTH = 4_096;
    /** Maximum number of concurrent HTTP/2 streams of one connection. */
    private static final int MAX_HTTP2_STREAMS = 256;

    // The two buffer sizes differ, because ArenaBufferPool recognizes the purpose of a buffer by its size.
    private static final int INPUT_BUFFER_BYTES = 16_384;
    private static final int OUTPUT_BUFFER_BYTES = 32_768;
    /** Maximum size of the parts of a chat frame other than the text of its message. */
    private static final int FRAME_OVERHEAD_BYTES = 65_536;

    /** Connection threads never block, so few are needed. */
    private static final int MIN_CONNECTION_THREADS = 4;

    private static final Duration SOCKET_IDLE_TIMEOUT = Duration.ofMinutes(10);

    private static final System.Logger LOG = System.getLogger(SteleServer.class.getName());

    private final Server server;
    private final ServerConnector connector;
    private final GracefulHandler runningRequests;
    private final Duration shutdownTimeout;
    private final ChangeFeeds feeds;
    private final LiveFeed liveFeed;
    private final StaticFiles staticFiles;
    private final McpHttp mcp;
    private final Watchdog watchdog;
    private final AuditLog audit;
    private final RequestThreads threads;
    private final DocumentParser parser;
    private final ChatSockets sockets;
    private final Quota answerQuota;
    private final Metrics metrics;
    private final IdleMemoryReclaimer idleReclaimer;
    private final ArenaAccount memory;
    private final AtomicBoolean stopping = new AtomicBoolean();
    /** Socket for commands; empty until the server has started, and if it has none. */
    private volatile Optional<CommandSocket> commandSocket = Optional.empty();

    /**
     * Starts a server that listens when the constructor returns.
     *
     * @param stele memory to serve; remains open when the server is closed. Its background jobs are not started here.
     * @param options address, limits and timeouts
     * @throws InvalidInputException if the host is no address of this machine, or is reachable from other machines
     *     while no API key exists
     * @throws StelePersistenceException if the port is in use or the server cannot start for another reason
     */
    public SteleServer(Stele stele, ServerOptions options) {
        this(stele, options, List.of());
    }

    /** @param extraRoutes routes to serve in addition to those of the REST interface */
    SteleServer(Stele stele, ServerOptions options, List<Router.Route> extraRoutes) {
        String host = options.host();
        boolean keyRequired = !isLoopback(host);
        var keys = new ApiKeys(stele.config().data());
        requireKey(keys, keyRequired, host);
        var logins = new LoginTokens(keys, options.loginTime());
        this.audit = new AuditLog(new AuditFiles(stele.config().data(), options.auditBytes()));
        var accessFilter = new AccessFilter(keys, logins, keyRequired, new RequestAudit(audit));
        int share = options.callerShare();
        var streams = new Quota("streams", "server.max-streams", options.maxStreams(), share);
        this.answerQuota = new Quota("answers", "chat.max-running", options.maxReplies(), share);
        this.watchdog = new Watchdog();
        this.threads = new RequestThreads(
                options.requestLimits(),
                options.computeThreads(),
                options.maxQueuedComputations(),
                options.maxTransfers(),
                options.bulkThreads(),
                options.maxRequests());
        var admission = new Admission(
                new Quota("requests", "server.max-requests", options.maxRequests(), share),
                new AgentQuota("requests", "server.max-requests-per-agent", options.maxRequestsPerAgent(), share),
                options.queueTime());
        watchdog.watch(admission);
        this.feeds = new ChangeFeeds(streams);
        this.parser = new DocumentParser(options.documents());
        Arenas arenas = Arenas.shared();
        this.memory = arenas.account(
                "server",
                Map.of(
                        ArenaKind.REQUEST, options.requestBytes(),
                        ArenaKind.RESPONSE, options.responseBytes(),
                        ArenaKind.STATIC, options.staticBytes()));
        this.metrics = new Metrics();
        metrics.arenas(arenas);
        var router = new Router();
        new MessageResources(stele, threads.submissions()).addTo(router);
        new NoteResources(stele).addTo(router);
        new MemoryToolResources(stele).addTo(router);
        new HookResources(stele).addTo(router);
        new UserResources(stele).addTo(router);
        new GraphResources(stele).addTo(router);
        new GraphViewResources(stele, new GraphRankings(options.graphRankings())).addTo(router);
        new TransferResources(stele, share).addTo(router);
        new AgentResources(stele, feeds).addTo(router);
        new MaintenanceResources(stele).addTo(router);
        new TaskResources(stele).addTo(router);
        var chat = new Chat(stele, options.chat());
        this.sockets = new ChatSockets(
                stele,
                chat,
                new Quota("WebSockets", "chat.max-sockets", options.maxSockets(), share),
                new ChatSocket.Services(admission, threads, watchdog, answerQuota, options.maxJoinedChats()),
                accessFilter);
        new ChatResources(stele, chat, sockets, answerQuota, TraceContext.propagating(threads.streams())).addTo(router);
        new InteractionResources(stele, answerQuota).addTo(router);
        new ConsolidationResources(stele).addTo(router);
        new ReviewResources(stele, options.reviewItems(), new ReviewCounts()).addTo(router);
        new ProfileResources(stele).addTo(router);
        new DocumentResources(stele, new TextExplainer(stele, options.chat()), parser, answerQuota, threads.streams())
                .addTo(router);
        new InsightResources(stele, new DocumentBriefings(stele)).addTo(router);
        this.mcp = new McpHttp(
                McpServers.of(
                        stele,
                        threads.toolRunner(),
                        new TaskLimits(options.maxMcpTasks(), share, options.mcpTaskTime()),
                        options.graphNodes(),
                        audit::add),
                new McpHttp.Limits(
                        options.maxMcpSessions(),
                        share,
                        options.mcpIdleTimeout(),
                        options.mcpEvictAfter(),
                        options.maxMcpBatch()),
                TraceContext.propagating(threads.streams()));
        watchdog.watch(_ -> mcp.endSessionsOf(owner -> Caller.isRevoked(owner, accessFilter)));
        new McpResources(
                        stele,
                        mcp,
                        McpResources.PATH,
                        ToolProfile.AGENT,
                        new Quota("MCP messages", "mcp.max-running", options.maxMcpMessages(), share),
                        streams)
                .addTo(router);
        new ArenaResources(arenas, memory).addTo(router);
        new SystemResources(stele, metrics, feeds, stopping::get, options.settings(), router).addTo();
        this.staticFiles = new StaticFiles(memory.arena(ArenaKind.STATIC));
        staticFiles.addTo(router);
        new LoginResources(keys, logins, accessFilter, keyRequired).addTo(router);
        new KeyResources(keys).addTo(router);
        new AuditResources(stele, audit.files()).addTo(router);
        this.liveFeed = new LiveFeed(
                stele,
                new LiveFeed.Sources(
                        metrics,
                        arenas,
                        admission::queued,
                        admission::running,
                        feeds::open,
                        sockets::count,
                        answerQuota::held,
                        () -> SystemResources.reports(stele)),
                streams);
        liveFeed.addTo(router);
        extraRoutes.forEach(router::add);

        var connections = new QueuedThreadPool();
        connections.setName("stele-http");
        connections.setMinThreads(MIN_CONNECTION_THREADS);
        this.server = new Server(connections, null, new ArenaBufferPool(memory, INPUT_BUFFER_BYTES));
        this.connector = connector(options, new ConnectionExecutor(connections));
        var guard = new ConnectionGuard(options.maxConnections(), share);
        connector.addBean(guard);
        server.addConnector(connector);
        var webSockets = ServerWebSocketContainer.ensure(server);
        webSockets.setMaxTextMessageSize(stele.config().limits().messageBytes() + FRAME_OVERHEAD_BYTES);
        webSockets.setIdleTimeout(SOCKET_IDLE_TIMEOUT);
        server.setErrorHandler(new ProblemErrorHandler());
        long maxBody = options.maxBodyBytes();
        var requestHandler = new RequestHandler(new RequestHandler.Services(
                router,
                metrics,
                accessFilter,
                new RateLimit(options.maxRequestsPerSecond()),
                admission,
                threads,
                watchdog,
                memory.arena(ArenaKind.REQUEST),
                new Quota("bytes of bodies", "arena.request-bytes", options.requestBytes(), share),
                new Quota("bytes of answers", "arena.response-bytes", options.responseBytes(), share),
                new Quota("transfers", "server.max-transfers", options.maxTransfers(), share),
                new BodyCollector.Limits(maxBody, options.bodyGrace(), Math.max(1, options.minBytesPerSecond())),
                new Exchange.BodyLimits(maxBody, Math.max(1, options.maxCompressionRatio())),
                guard,
                webSockets));
        guard.setBusyConnections(requestHandler::busyConnections);
        this.runningRequests = new GracefulHandler(compressed(requestHandler));
        this.shutdownTimeout = options.shutdownTimeout();
        server.setHandler(runningRequests);
        this.idleReclaimer =
                arenas.autoOptimize(options.reclaimInterval(), Math.min(100, options.reclaimPercent()) / 100.0);
        start(host, options.port());
        this.commandSocket = options.commandSocket()
                .flatMap(path -> CommandSocket.start(server, path, http1(httpConfiguration(options))));
    }

    private ServerConnector connector(ServerOptions options, ConnectionExecutor executor) {
        int idle = (int) options.idleTimeout().toMillis();
        HttpConfiguration http = httpConfiguration(options);
        var http2 = new CleartextHttp2(http);
        http2.setInputBufferSize(INPUT_BUFFER_BYTES);
        http2.setStreamIdleTimeout(idle);
        http2.setMaxConcurrentStreams(MAX_HTTP2_STREAMS);
        var serverConnector = new ServerConnector(server, executor, null, null, 1, 1, http1(http), http2);
        serverConnector.setHost(options.host());
        serverConnector.setPort(options.port());
        serverConnector.setIdleTimeout(idle);
        // The queue is long, because a client that finds it full is not refused but retries only after a second.
        serverConnector.setAcceptQueueSize(ACCEPT_QUEUE_LENGTH);
        return serverConnector;
    }

    private static HttpConnectionFactory http1(HttpConfiguration http) {
        var http1 = new HttpConnectionFactory(http);
        http1.setInputBufferSize(INPUT_BUFFER_BYTES);
        return http1;
    }

    private static HttpConfiguration httpConfiguration(ServerOptions options) {
        int headers = (int) Math.min(1 << 20, options.maxHeaderBytes());
        int idle = (int) options.idleTimeout().toMillis();
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setOutputBufferSize(OUTPUT_BUFFER_BYTES);
        http.setRequestHeaderSize(headers);
        http.setResponseHeaderSize(RESPONSE_HEADER_BYTES);
        http.setIdleTimeout(idle);
        // A proxy in front may take a line without a carriage return, or a folded header, for the end of a request,
        // so both are refused (request smuggling).
        http.setHttpCompliance(HttpCompliance.STRICT);
        // An id may have encoded slashes, backslashes and control characters: the router splits the path before it
        // decodes
        // the segments, and no path of a request becomes a path of a file.
        http.setUriCompliance(UriCompliance.DEFAULT.with(
                "stele",
                UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
                UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
                UriCompliance.Violation.SUSPICIOUS_PATH_CHARACTERS));
        return http;
    }

    /**
     * Compresses responses of textual types from {@link #MIN_COMPRESSED_BYTES} on. Event streams are not compressed,
     * because their events would wait in the buffer of the compressor.
     */
    private static Handler compressed(Handler handler) {
        var compression = new CompressionHandler(handler);
        var gzip = new GzipCompression();
        gzip.setMinCompressSize(MIN_COMPRESSED_BYTES);
        compression.putCompression(gzip);
        compression.putConfiguration(
                "/",
                CompressionConfig.builder()
                        .compressIncludeMethod("GET")
                        .compressIncludeMethod("POST")
                        .compressIncludeMimeType("application/json")
                        .compressIncludeMimeType("application/problem+json")
                        .compressIncludeMimeType("application/x-ndjson")
                        .compressIncludeMimeType("text/plain")
                        // RequestEncoding decompresses request bodies; its comment gives the reason.
                        .decompressExcludePath("/*")
                        .build());
        return compression;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new InvalidInputException(
                    "server.host is " + host
                            + ", which is no address of this machine; use an address or name of this machine, such as 127.0.0.1.");
        }
    }

    private static void requireKey(ApiKeys keys, boolean keyRequired, String host) {
        if (keyRequired && keys.list().isEmpty()) {
            throw new InvalidInputException(
                    "server.host is " + host
                            + ", which other machines can reach, but there is no API key; create one with \"stele keys create\", or listen on 127.0.0.1.");
        }
    }

    private void start(String host, int port) {
        try {
            server.start();
        } catch (Exception e) {
            close();
            Throwable cause = e;
            while (cause.getCause() != null && !(cause instanceof BindException)) {
                cause = cause.getCause();
            }
            String why = cause instanceof BindException
                    ? "port %d of %s is in use; stop the program that listens there, or choose another port with --port"
                            .formatted(port, host)
                    : String.valueOf(cause.getMessage());
            throw new StelePersistenceException("The server cannot start: " + why + ".", e);
        }
    }

    /** Returns the TCP port that the server listens on; the actual one if port 0 was configured. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Returns the number of open chat WebSockets. */
    int openSockets() {
        return sockets.count();
    }

    /** Returns the number of answers of language models that are being produced. */
    long runningAnswers() {
        return answerQuota.held();
    }

    /**
     * Blocks until the server has stopped.
     *
     * @throws InterruptedException if the calling thread is interrupted while it waits
     */
    public void join() throws InterruptedException {
        server.join();
    }

    /**
     * Stops the server. Refuses new requests, waits for running ones for at most {@code server.shutdown-timeout}, then
     * interrupts the rest. Idempotent.
     */
    @Override
    public void close() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        closeAll(
                feeds::stop,
                liveFeed::stop,
                mcp::close,
                sockets::close,
                this::awaitRunningRequests,
                this::closeCommandSocket,
                server::stop,
                threads::close,
                audit::close,
                watchdog::close,
                parser::close,
                idleReclaimer::close,
                metrics::close,
                staticFiles::close,
                memory::close);
    }

    /**
     * Refuses new requests and waits until the running ones have ended. Jetty's own graceful stop waits for connections
     * as well, among them HTTP/2 sessions whose client has left a moment before, which never report their end.
     */
    private void awaitRunningRequests() throws Exception {
        try {
            runningRequests.shutdown().get(shutdownTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} requests did not end within server.shutdown-timeout and are interrupted",
                    runningRequests.getCurrentRequestCount());
        }
    }

    private void closeCommandSocket() throws Exception {
        if (commandSocket.isPresent()) {
            commandSocket.get().stop();
        }
    }

    /** Runs all steps in order, even if some of them fail. */
    private static void closeAll(CloseStep... steps) {
        for (CloseStep step : steps) {
            try {
                step.run();
            } catch (Exception | Error e) {
                LOG.log(System.Logger.Level.WARNING, "the server did not stop cleanly", e);
            }
        }
    }

    private interface CloseStep {
        void run() throws Exception;
    }
}
