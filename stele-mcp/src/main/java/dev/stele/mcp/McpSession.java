package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.audit.Actor;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * State of one MCP client: revision and capabilities, running requests, requests to the client, subscriptions and log
 * level. Thread-safe; every field is immutable, atomic, a concurrent collection or thread-safe itself.
 */
final class McpSession implements AutoCloseable {

    /** Maximum number of resources and subscriptions that one session has. */
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
    private final Optional<SearchBeforeWriteGuard> guard;
    private final AtomicReference<Revision> revision;
    private final AtomicReference<JsonObject> capabilities =
            new AtomicReference<>(JsonObject.of("capabilities", Map.of()));
    private final AtomicReference<LogLevel> level = new AtomicReference<>(LogLevel.ERROR);
    private final RunningRequests running = new RunningRequests();
    private final ClientRequests clientRequests = new ClientRequests();
    private final ResourceWatch watch;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Open subscriptions of the stateless revision, by the id of the request that opened them. */
    private final Map<Object, Subscription> subscriptions = new ConcurrentHashMap<>();

    /**
     * Creates a session.
     *
     * @param id identifier that the transport gives to the client
     * @param owner name of the caller that owns the session; empty if callers are not distinguished
     * @param memory memory of the agent that the client works with
     * @param options options of the session
     * @param revision revision of requests that state none; {@code initialize} changes it
     * @param guard guard of writes; empty if writes need no search
     * @param standalone receives messages that belong to no request; they are lost while nobody reads them
     */
    McpSession(
            String id,
            String owner,
            AgentMemory memory,
            SessionOptions options,
            Revision revision,
            Optional<SearchBeforeWriteGuard> guard,
            MessageSink standalone) {
        this.id = id;
        this.owner = owner;
        this.memory = memory;
        this.options = options;
        this.revision = new AtomicReference<>(revision);
        this.guard = guard;
        this.watch = new ResourceWatch(
                memory,
                uri -> standalone.send(JsonRpc.notification(
                        "notifications/resources/updated",
                        Json.fields().put("uri", uri).map())));
    }

    /** Creates a session of a revision with sessions; see the constructor. */
    static McpSession of(String id, String owner, AgentMemory memory, SessionOptions options, MessageSink standalone) {
        return new McpSession(
                id,
                owner,
                memory,
                options,
                Revision.LATEST_WITH_SESSIONS,
                options.searchFirst() ? Optional.of(new SearchBeforeWriteGuard()) : Optional.empty(),
                standalone);
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

    /** Whether the client may use the tools for the operation of the memory. */
    boolean administrator() {
        return options.administrator();
    }

    /** Tools that the session lists and accepts. */
    ToolProfile tools() {
        return options.tools();
    }

    /** Who the client is, for the audit log. */
    Actor actor() {
        return options.actor();
    }

    Optional<SearchBeforeWriteGuard> guard() {
        return guard;
    }

    // ---- what initialize and logging/setLevel set

    /** Revision of requests that state none. */
    Revision revision() {
        return revision.get();
    }

    /** Capabilities that the client declared by {@code initialize}; none before. */
    JsonObject capabilities() {
        return capabilities.get();
    }

    void initialize(Revision negotiated, JsonObject declared) {
        revision.set(negotiated);
        capabilities.set(declared);
    }

    LogLevel logLevel() {
        return level.get();
    }

    /** Sets the lowest level of log messages that is sent to the client. */
    void setLogLevel(LogLevel minimum) {
        level.set(minimum);
    }

    // ---- requests in both directions

    RunningRequests running() {
        return running;
    }

    ClientRequests clientRequests() {
        return clientRequests;
    }

    /** Cancels a request of the client, which may be one that opened a subscription. */
    void cancel(Object request) {
        if (!closeSubscription(request)) {
            running.cancel(request);
            closeSubscription(request); // it may have been opened between these two steps
        }
    }

    private boolean closeSubscription(Object request) {
        Subscription subscription = subscriptions.remove(request);
        if (subscription != null) {
            subscription.close();
        }
        return subscription != null;
    }

    // ---- subscriptions

    /**
     * Starts notifications of changes of a resource.
     *
     * @throws RpcError if the session has the maximum number of subscriptions
     */
    void subscribe(String uri) {
        if (!watch.contains(uri)) {
            checkSubscriptions(1);
        }
        watch.add(uri);
    }

    void unsubscribe(String uri) {
        watch.remove(uri);
    }

    /**
     * Adds an open subscription, which ends when its request is canceled or the session is closed.
     *
     * @param request id of the request that opens the subscription
     * @throws RpcError if the session has the maximum number of subscriptions, or one for a request of this id, or has
     *     ended
     */
    void open(Object request, Subscription subscription) {
        checkSubscriptions(subscription.size());
        if (subscriptions.putIfAbsent(request, subscription) != null) {
            throw new RpcError(
                    RpcError.INVALID_REQUEST,
                    "The id %s belongs to an open subscription.".formatted(Json.write(request)));
        }
        if (closed.get()) { // close may have looked for subscriptions before this one was there
            closeSubscription(request);
            throw new RpcError(RpcError.INTERNAL, "The session has ended.");
        }
    }

    private void checkSubscriptions(int additional) {
        int present = watch.size()
                + subscriptions.values().stream().mapToInt(Subscription::size).sum();
        if (present + additional > MAX_SUBSCRIPTIONS) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS,
                    "This session has %d subscriptions and may have %d; end one first."
                            .formatted(present, MAX_SUBSCRIPTIONS));
        }
    }

    /** Ends all subscriptions, each with its response; the client is still there. */
    void endSubscriptions() {
        for (Object request : List.copyOf(subscriptions.keySet())) {
            Subscription subscription = subscriptions.remove(request);
            if (subscription != null) {
                subscription.end();
            }
        }
    }

    /**
     * Ends what waits for the client or for changes: subscriptions, each with its response, and questions to the
     * client. Requests that run go on. Idempotent.
     */
    void stop() {
        closed.set(true);
        endSubscriptions();
        clientRequests.close();
        watch.close();
    }

    /** Ends all requests and subscriptions without further messages. Idempotent. */
    @Override
    public void close() {
        closed.set(true);
        running.interruptAll();
        clientRequests.close();
        watch.close();
        List.copyOf(subscriptions.keySet()).forEach(this::closeSubscription);
    }
}
