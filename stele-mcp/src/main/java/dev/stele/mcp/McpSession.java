package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Change;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * State of one MCP client: running requests, pending requests to the client, subscriptions and log level. Thread-safe;
 * every field is immutable, atomic or a concurrent collection.
 */
final class McpSession implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(McpSession.class.getName());

    /** Maximum time of one wait for changes, after which the watch checks whether the session was closed. */
    private static final Duration MAX_CHANGE_WAIT = Duration.ofSeconds(5);

    /** Maximum time to wait for the client's response to a request of the server. */
    private static final Duration MAX_RESPONSE_WAIT = Duration.ofMinutes(2);

    /** Time between two attempts to read the change log after a failure. */
    private static final Duration RETRY_DELAY = Duration.ofMillis(200);

    /** Maximum number of changes that are read at once. */
    private static final int CHANGE_PAGE_SIZE = 500;

    /** Number of remembered cancellations from which those of ended requests are dropped. */
    private static final int MAX_CANCELED = 1_024;

    /** Maximum number of resources that one session watches. */
    private static final int MAX_SUBSCRIPTIONS = 256;

    /** Receiver of messages to the client. Thread-safe. */
    interface MessageSink {
        /** Sends a message, or drops it if the client is gone. */
        void send(Map<String, @Nullable Object> message);

        /**
         * Closes the connection of the client while the request goes on; the client reconnects for the remaining
         * messages. Has no effect on transports that cannot resume.
         */
        default void disconnect() {}
    }

    private final String id;
    private final String owner;
    private final AgentMemory memory;
    private final SessionOptions options;
    private final MessageSink standalone;
    private final Optional<SearchBeforeWriteGuard> guard;
    private final AtomicReference<LogLevel> level = new AtomicReference<>(LogLevel.ERROR);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean watching = new AtomicBoolean();
    private final AtomicLong requests = new AtomicLong();
    private final Set<String> subscriptions = ConcurrentHashMap.newKeySet();
    private final Map<Object, Thread> running = new ConcurrentHashMap<>();
    private final Set<Object> canceled = ConcurrentHashMap.newKeySet();
    private final Map<String, CompletableFuture<JsonObject>> pending = new ConcurrentHashMap<>();

    /**
     * Creates a session.
     *
     * @param id identifier that the transport gives to the client
     * @param owner name of the caller that owns the session; empty if callers are not distinguished
     * @param memory memory of the agent that the client works with
     * @param options options of the session
     * @param standalone receives messages that belong to no request; they are lost while nobody reads them
     */
    McpSession(String id, String owner, AgentMemory memory, SessionOptions options, MessageSink standalone) {
        this.id = id;
        this.owner = owner;
        this.memory = memory;
        this.options = options;
        this.guard = options.searchFirst() ? Optional.of(new SearchBeforeWriteGuard()) : Optional.empty();
        this.standalone = standalone;
    }

    String id() {
        return id;
    }

    /** Name of the caller that owns the session; empty if callers are not distinguished. */
    String owner() {
        return owner;
    }

    AgentMemory memory() {
        return memory;
    }

    boolean readOnly() {
        return options.readOnly();
    }

    /** Tools that the session lists and accepts. */
    ToolProfile tools() {
        return options.tools();
    }

    Optional<SearchBeforeWriteGuard> guard() {
        return guard;
    }

    // ---- running requests

    /**
     * Registers the calling thread as the one that handles a request; interrupts it if the request is already canceled.
     */
    void requestStarted(Object request) {
        running.put(request, Thread.currentThread());
        if (canceled.contains(request)) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a request. Returns whether the client still expects its response. */
    boolean requestEnded(Object request) {
        running.remove(request);
        return !canceled.remove(request);
    }

    /** Cancels a request: interrupts its thread and suppresses its response. Unknown requests are remembered. */
    void cancel(Object request) {
        if (canceled.size() >= MAX_CANCELED) {
            canceled.retainAll(running.keySet()); // the others have already ended
        }
        canceled.add(request);
        Thread thread = running.get(request);
        if (thread != null) {
            thread.interrupt();
        }
    }

    // ---- log messages to the client

    /** Sets the lowest level that is sent to the client. */
    void setLogLevel(LogLevel minimum) {
        level.set(minimum);
    }

    /** Sends a log message to the client, if its level is high enough. */
    void log(MessageSink out, LogLevel messageLevel, String text) {
        if (messageLevel.compareTo(level.get()) >= 0) {
            out.send(JsonRpc.notification(
                    "notifications/message",
                    Json.fields()
                            .put("level", messageLevel.label())
                            .put("logger", "stele")
                            .put("data", text)
                            .map()));
        }
    }

    // ---- requests to the client

    /**
     * Sends a request to the client and waits for its response.
     *
     * @param out receives the request
     * @param method method of the protocol, such as {@code sampling/createMessage}
     * @param params parameters of the method
     * @return the result that the client sent
     * @throws RpcError if the client refuses, does not respond within two minutes, or the thread is interrupted
     */
    JsonObject request(MessageSink out, String method, Map<String, @Nullable Object> params) {
        String id = "stele-" + requests.incrementAndGet();
        var response = new CompletableFuture<JsonObject>();
        pending.put(id, response);
        try {
            out.send(JsonRpc.request(id, method, params));
            return response.get(MAX_RESPONSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RpcError(RpcError.INTERNAL, "cancelled while waiting for the client");
        } catch (ExecutionException | TimeoutException e) {
            throw new RpcError(RpcError.INTERNAL, "the client did not answer " + method + ": " + e.getMessage());
        } finally {
            pending.remove(id);
        }
    }

    /**
     * Completes the request to the client that a response belongs to; drops responses to unknown or expired requests.
     */
    void responseReceived(Object request, JsonObject message) {
        CompletableFuture<JsonObject> response = pending.get(String.valueOf(request));
        if (response == null) {
            return;
        }
        if (message.has("error")) {
            response.completeExceptionally(new RpcError(
                    RpcError.INTERNAL,
                    message.object("error")
                            .flatMap(error -> error.optionalString("message"))
                            .orElse("refused")));
        } else {
            response.complete(JsonObject.of("result", message.map("result")));
        }
    }

    // ---- subscriptions

    /**
     * Starts notifications of changes of a resource.
     *
     * @throws RpcError if the session has the maximum number of subscriptions
     */
    void subscribe(String uri) {
        if (subscriptions.size() >= MAX_SUBSCRIPTIONS && !subscriptions.contains(uri)) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "This session has %d subscriptions, which is the maximum; unsubscribe from one first."
                            .formatted(MAX_SUBSCRIPTIONS));
        }
        subscriptions.add(uri);
        if (watching.compareAndSet(false, true)) {
            PlatformThreads.start("stele-mcp-watch", this::watch);
        }
    }

    void unsubscribe(String uri) {
        subscriptions.remove(uri);
    }

    /** Follows the change log, which contains the writes of all processes, until the session is closed. */
    private void watch() {
        long last = -1;
        while (!closed.get()) {
            try {
                if (last < 0) {
                    last = latest();
                }
                memory.awaitChange(last, MAX_CHANGE_WAIT);
                List<Change> changes = memory.changes(last, CHANGE_PAGE_SIZE);
                if (!changes.isEmpty()) {
                    last = changes.getLast().number();
                    notifySubscribers(changes);
                }
            } catch (NotFoundException e) {
                last = 0; // the first write creates the agent
                pause();
            } catch (RuntimeException | Error e) {
                // All subscriptions depend on this thread, so no error may end it.
                LOG.log(
                        e instanceof SteleException ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR,
                        "A read of the change log for MCP subscriptions failed",
                        e);
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private long latest() {
        try {
            return memory.stats().changes();
        } catch (NotFoundException e) {
            return 0;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_DELAY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void notifySubscribers(List<Change> changes) {
        Set<String> affected = new LinkedHashSet<>();
        changes.forEach(change -> affected.addAll(Resources.affectedBy(memory.name(), change)));
        for (String uri : subscriptions) {
            if (affected.contains(uri)) {
                standalone.send(JsonRpc.notification(
                        "notifications/resources/updated",
                        Json.fields().put("uri", uri).map()));
            }
        }
    }

    @Override
    public void close() {
        closed.set(true);
        running.values().forEach(Thread::interrupt);
        pending.values().forEach(response -> response.cancel(false));
    }
}
