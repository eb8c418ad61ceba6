package dev.stele.server;

import dev.stele.Stele;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.arena.IdleMemoryReclaimer;
import dev.stele.chat.Chat;
import dev.stele.chat.DocumentBriefings;
import dev.stele.chat.TextExplainer;
import dev.stele.mcp.McpHttp;
import dev.stele.mcp.McpServers;
import dev.stele.model.InvalidInputException;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.documents.DocumentParser;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
 * The HTTP server of one {@link Stele}, which it does not own. Requests run on threads by kind of work, see {@link RequestThreads}. Started when
 * made; {@link #close} lets running requests end and refuses new ones. Thread-safe.
 */
public final class SteleServer implements AutoCloseable {

    // Sizes that differ, for by them the arenas tell what a buffer is for.
    private static final int RESPONSE_HEADER_BYTES = 8_192;
    private static final int COMPRESS_FROM_BYTES = 1_024;
    private static final int ACCEPT_QUEUE = 4_096;
    private static final int MAX_STREAMS = 256;
    private static final int INPUT_BYTES = 16_384;
    private static final int OUTPUT_BYTES = 32_768;
    /** What a frame of a chat has besides its text. */
    private static final int FRAME_BYTES = 65_536;

    /** Threads of connections do not block, so there are few. */
    private static final int MIN_CONNECTION_THREADS = 4;

    private static final Duration SOCKET_IDLE = Duration.ofMinutes(10);

    private final Server server;
    private final ServerConnector connector;
    private final ChangeFeeds feeds;
    private final StaticFiles assets;
    private final McpHttp mcp;
    private final Watchdog watchdog;
    private final RequestThreads threads;
    private final DocumentParser parser;
    private final ChatSockets sockets;
    private final Quota answers;
    private final Metrics metrics;
    private final IdleMemoryReclaimer optimizing;
    private final ArenaAccount memory;
    private final AtomicBoolean stopping = new AtomicBoolean();

    /**
     * Starts a server. Background jobs are the business of whoever started the {@link Stele}.
     *
     * @param stele the memory to serve; the caller closes it after the server
     * @param options address, limits and timeouts
     * @throws InvalidInputException if the host is none of this machine, or others can reach it and there is no key
     * @throws StelePersistenceException if the port is taken
     */
    public SteleServer(Stele stele, ServerOptions options) {
        this(stele, options, List.of());
    }

    /** @param more routes of others, beside our own */
    SteleServer(Stele stele, ServerOptions options, List<Router.Route> more) {
        String host = options.host();
        AccessFilter gate = gate(new ApiKeys(stele.config().data()), host);
        int share = options.callerShare();
        var streams = new Quota("streams", "server.max-streams", options.maxStreams(), share);
        var running = new Quota("answers", "chat.max-running", options.maxReplies(), share);
        this.answers = running;
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
        new MessageResources(stele).addTo(router);
        new NoteResources(stele).addTo(router);
        new UserResources(stele).addTo(router);
        new GraphResources(stele).addTo(router);
        new TransferResources(stele, share).addTo(router);
        new AgentResources(stele, feeds).addTo(router);
        new TaskResources(stele).addTo(router);
        var chat = new Chat(stele, options.chat());
        this.sockets = new ChatSockets(
                stele,
                chat,
                new Quota("WebSockets", "chat.max-sockets", options.maxSockets(), share),
                new ChatSocket.Services(admission, threads, watchdog, running, options.maxJoinedChats()),
                gate);
        new ChatResources(stele, chat, sockets, running, threads.streams()).addTo(router);
        new InteractionResources(stele, running).addTo(router);
        new ConsolidationResources(stele).addTo(router);
        new ProfileResources(stele).addTo(router);
        new DocumentResources(stele, new TextExplainer(stele, options.chat()), parser, running, threads.streams())
                .addTo(router);
        new InsightResources(stele, new DocumentBriefings(stele)).addTo(router);
        this.mcp = new McpHttp(
                McpServers.of(stele, threads.toolRunner()),
                new McpHttp.Limits(
                        options.maxMcpSessions(),
                        share,
                        options.mcpIdleTimeout(),
                        options.mcpEvictAfter(),
                        options.maxMcpBatch()),
                threads.streams());
        watchdog.watch(_ -> mcp.endSessionsOf(owner -> Caller.isRevoked(owner, gate)));
        new McpResources(
                        stele,
                        mcp,
                        McpResources.PATH,
                        new Quota("MCP messages", "mcp.max-running", options.maxMcpMessages(), share),
                        streams)
                .addTo(router);
        new ArenaResources(arenas, memory).addTo(router);
        new SystemResources(stele, metrics, feeds, stopping::get, router).addTo();
        this.assets = new StaticFiles(memory.arena(ArenaKind.STATIC));
        assets.addTo(router);
        more.forEach(router::add);

        var connections = new QueuedThreadPool();
        connections.setName("stele-http");
        connections.setMinThreads(MIN_CONNECTION_THREADS);
        this.server = new Server(connections, null, new ArenaBufferPool(memory, INPUT_BYTES));
        this.connector = connector(options);
        var guard = new ConnectionGuard(options.maxConnections(), share);
        connector.addBean(guard);
        server.addConnector(connector);
        var webSockets = ServerWebSocketContainer.ensure(server);
        webSockets.setMaxTextMessageSize(stele.config().limits().messageBytes() + FRAME_BYTES);
        webSockets.setIdleTimeout(SOCKET_IDLE);
        server.setErrorHandler(new ProblemErrorHandler());
        long maxBody = options.maxBodyBytes();
        var answering = new RequestHandler(new RequestHandler.Parts(
                router,
                metrics,
                gate,
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
        guard.requests(answering::busyConnections);
        server.setHandler(new GracefulHandler(compressing(answering)));
        server.setStopTimeout(options.shutdownTimeout().toMillis());
        this.optimizing =
                arenas.autoOptimize(options.reclaimInterval(), Math.min(100, options.reclaimPercent()) / 100.0);
        start(host, options.port());
    }

    private ServerConnector connector(ServerOptions options) {
        int headers = (int) Math.min(1 << 20, options.maxHeaderBytes());
        int idle = (int) options.idleTimeout().toMillis();
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setOutputBufferSize(OUTPUT_BYTES);
        http.setRequestHeaderSize(headers);
        http.setResponseHeaderSize(RESPONSE_HEADER_BYTES);
        http.setIdleTimeout(idle);
        // A line that ends without a carriage return, or a header folded over lines, is read by others as another
        // request.
        http.setHttpCompliance(HttpCompliance.STRICT);
        // An encoded slash belongs to an id; the router splits before it decodes.
        http.setUriCompliance(UriCompliance.DEFAULT.with(
                "stele",
                UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
                UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING));
        var http1 = new HttpConnectionFactory(http);
        http1.setInputBufferSize(INPUT_BYTES);
        var http2 = new CleartextHttp2(http);
        http2.setInputBufferSize(INPUT_BYTES);
        http2.setStreamIdleTimeout(idle);
        http2.setMaxConcurrentStreams(MAX_STREAMS);
        var made = new ServerConnector(server, 1, 1, http1, http2);
        made.setHost(options.host());
        made.setPort(options.port());
        made.setIdleTimeout(idle);
        // Who finds the system's queue full is not refused but tries again a second later.
        made.setAcceptQueueSize(ACCEPT_QUEUE);
        return made;
    }

    /** Compresses what is worth it and says so; never a stream of events, which must not wait in a compressor's buffer. */
    private static Handler compressing(Handler answering) {
        var compression = new CompressionHandler(answering);
        var gzip = new GzipCompression();
        gzip.setMinCompressSize(COMPRESS_FROM_BYTES);
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
                        // Bodies of requests are unpacked by RequestEncoding, which says why.
                        .decompressExcludePath("/*")
                        .build());
        return compression;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new InvalidInputException("server.host is " + host + ", which is no address of this machine.");
        }
    }

    private static AccessFilter gate(ApiKeys keys, String host) {
        boolean loopback = isLoopback(host);
        if (!loopback && keys.list().isEmpty()) {
            throw new InvalidInputException(
                    "server.host is " + host
                            + ", which other machines can reach, and there is no key to guard it; make one with \"stele keys create\", or listen on 127.0.0.1.");
        }
        return new AccessFilter(keys, !loopback);
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
                    ? "port %d of %s is taken; stop what listens there, or choose another with --port"
                            .formatted(port, host)
                    : String.valueOf(cause);
            throw new StelePersistenceException("The server cannot start: " + why + ".", e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** How many WebSockets of chats are open. */
    int sockets() {
        return sockets.count();
    }

    /** How many answers are under way. */
    long answers() {
        return answers.held();
    }

    /** Waits until it is closed. */
    public void join() throws InterruptedException {
        server.join();
    }

    /** Refuses new requests, lets running ones end for as long as its options say, and stops. Idempotent. */
    @Override
    public void close() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        closeAll(
                feeds::stop,
                mcp::close,
                sockets::close,
                server::stop,
                threads::close,
                watchdog::close,
                parser::close,
                optimizing::close,
                metrics::close,
                assets::close,
                memory::close);
    }

    /** Runs every step, whatever the others throw. */
    private static void closeAll(Step... steps) {
        for (Step step : steps) {
            try {
                step.run();
            } catch (Exception | Error e) {
                System.getLogger(SteleServer.class.getName())
                        .log(System.Logger.Level.WARNING, "the server did not stop cleanly", e);
            }
        }
    }

    private interface Step {
        void run() throws Exception;
    }
}
