package dev.stele.server;

import dev.stele.Stele;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.keys.ApiKeys;
import dev.stele.model.InvalidInputException;
import dev.stele.model.StelePersistenceException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP server of one {@link Stele}, which it does not own. Every request runs on a virtual thread. Started when
 * made; {@link #close} lets running requests end and refuses new ones. Thread-safe.
 */
public final class SteleServer implements AutoCloseable {

    /**
     * @param host address to listen on; one that other machines can reach needs a key to exist
     * @param port port, 0 for any free one
     * @param mostBodyBytes largest request body
     * @param idle how long a connection may say nothing
     * @param shutdown how long {@link #close} waits for running requests
     * @param mostStreams most change feeds open at once
     * @param mostRequests most requests that run at once
     * @param mostConnections most connections open at once
     * @param requestBytes most off-heap bytes for what comes in
     * @param responseBytes most off-heap bytes for what goes out
     */
    public record Options(
            String host,
            int port,
            long mostBodyBytes,
            Duration idle,
            Duration shutdown,
            int mostStreams,
            int mostRequests,
            int mostConnections,
            long requestBytes,
            long responseBytes) {}

    // Three sizes that differ, for by them the arenas tell what a buffer is for.
    private static final int INPUT_BYTES = 16_384;
    private static final int HEADER_BYTES = 8_192;
    private static final int OUTPUT_BYTES = 32_768;

    private final Server server;
    private final ServerConnector connector;
    private final ChangeFeeds feeds;
    private final ArenaAccount memory;
    private final AtomicBoolean stopping = new AtomicBoolean();

    public SteleServer(Stele stele, Options options) {
        Gate gate = gate(new ApiKeys(stele.config().data()), options.host());
        this.feeds = new ChangeFeeds(options.mostStreams());
        this.memory = Arenas.shared()
                .account(
                        "server",
                        Map.of(
                                ArenaKind.REQUEST, options.requestBytes(),
                                ArenaKind.RESPONSE, options.responseBytes()));
        var metrics = new Metrics();
        var router = new Router();
        new MessageResources(stele).addTo(router);
        new NoteResources(stele).addTo(router);
        new UserResources(stele).addTo(router);
        new TransferResources(stele).addTo(router);
        new AgentResources(stele, feeds).addTo(router);
        new ArenaResources(Arenas.shared(), memory).addTo(router);
        new SystemResources(stele, metrics, feeds, stopping::get, router).addTo();

        var requests = Thread.ofVirtual().name("request-", 0).factory();
        var threads = new QueuedThreadPool();
        threads.setName("stele-http");
        threads.setVirtualThreadsExecutor(task -> requests.newThread(task).start());
        var buffers = new ArenaBufferPool(memory, INPUT_BYTES);
        this.server = new Server(threads, null, buffers);
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setOutputBufferSize(OUTPUT_BYTES);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setResponseHeaderSize(HEADER_BYTES);
        http.setIdleTimeout(options.idle().toMillis());
        // An encoded slash belongs to an id; the router splits before it decodes.
        http.setUriCompliance(UriCompliance.DEFAULT.with(
                "stele",
                UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
                UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING));
        var connections = new HttpConnectionFactory(http);
        connections.setInputBufferSize(INPUT_BYTES);
        this.connector = new ServerConnector(server, 1, 1, connections);
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(options.idle().toMillis());
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(options.mostConnections(), connector));
        server.setHandler(new GracefulHandler(new RequestHandler(
                router,
                metrics,
                options.mostBodyBytes(),
                memory.arena(ArenaKind.REQUEST),
                gate,
                options.mostRequests())));
        server.setStopTimeout(options.shutdown().toMillis());
        start(options);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new InvalidInputException("server.host is " + host + ", which is no address of this machine.");
        }
    }

    private static Gate gate(ApiKeys keys, String host) {
        boolean loopback = isLoopback(host);
        if (!loopback && keys.list().isEmpty()) {
            throw new InvalidInputException(
                    "server.host is " + host
                            + ", which other machines can reach, and there is no key to guard it; make one with \"stele keys create\", or listen on 127.0.0.1.");
        }
        return new Gate(keys, !loopback);
    }

    private void start(Options options) {
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
                            .formatted(options.port(), options.host())
                    : String.valueOf(cause);
            throw new StelePersistenceException("The server cannot start: " + why + ".", e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return connector.getLocalPort();
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
        feeds.stop();
        try {
            server.stop();
        } catch (Exception e) {
            System.getLogger(SteleServer.class.getName())
                    .log(System.Logger.Level.WARNING, "the server did not stop cleanly", e);
        } finally {
            memory.close();
        }
    }
}
