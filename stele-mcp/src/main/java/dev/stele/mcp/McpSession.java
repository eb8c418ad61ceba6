package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Change;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.time.Duration;
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

/** What is between the server and one client. Thread-safe; every field is atomic or a concurrent collection. */
final class McpSession implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(McpSession.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration MAX_ANSWER = Duration.ofMinutes(2);
    private static final int PAGE = 500;
    private static final int MAX_CANCELLED = 1_024;
    private static final int MAX_SUBSCRIPTIONS = 256;

    /** Where messages to the client go. Any thread may send. */
    interface Out {
        void send(Map<String, @Nullable Object> message);

        /** Lets the client's connection go while work goes on; the client comes back for the rest. Where that cannot be, nothing happens. */
        default void breakOff() {}
    }

    private final String id;
    private final String owner;
    private final AgentMemory memory;
    private final boolean readOnly;
    private final Out standing;
    private final Optional<SearchBeforeWriteGuard> gate;
    private final AtomicReference<LogLevel> level = new AtomicReference<>(LogLevel.ERROR);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean watching = new AtomicBoolean();
    private final AtomicLong asked = new AtomicLong();
    private final Set<String> subscriptions = ConcurrentHashMap.newKeySet();
    private final Map<Object, Thread> running = new ConcurrentHashMap<>();
    private final Set<Object> cancelled = ConcurrentHashMap.newKeySet();
    private final Map<String, CompletableFuture<JsonObject>> awaited = new ConcurrentHashMap<>();

    /**
     * @param owner whom the session is of, if callers are told apart; else empty text
     * @param memory of the agent that the client works with
     * @param standing where messages go that answer nothing; what finds nobody there is lost
     * @param gate whether writing asks for a search before
     */
    McpSession(
            String id,
            String owner,
            AgentMemory memory,
            boolean readOnly,
            Optional<SearchBeforeWriteGuard> gate,
            Out standing) {
        this.id = id;
        this.owner = owner;
        this.memory = memory;
        this.readOnly = readOnly;
        this.gate = gate;
        this.standing = standing;
    }

    String id() {
        return id;
    }

    /** Whom the session is of, if callers are told apart; else empty text. */
    String owner() {
        return owner;
    }

    AgentMemory memory() {
        return memory;
    }

    boolean readOnly() {
        return readOnly;
    }

    Optional<SearchBeforeWriteGuard> gate() {
        return gate;
    }

    // ---- requests that run

    /** Notes that this thread answers a request, so that it can be cancelled; it may have been before it began. */
    void began(Object request) {
        running.put(request, Thread.currentThread());
        if (cancelled.contains(request)) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether the client still wants the answer. */
    boolean ended(Object request) {
        running.remove(request);
        return !cancelled.remove(request);
    }

    void cancel(Object request) {
        if (cancelled.size() >= MAX_CANCELLED) {
            cancelled.retainAll(running.keySet()); // the others had been answered already
        }
        cancelled.add(request);
        Thread thread = running.get(request);
        if (thread != null) {
            thread.interrupt();
        }
    }

    // ---- the client's log

    void level(LogLevel least) {
        level.set(least);
    }

    void log(Out out, LogLevel of, String what) {
        if (of.compareTo(level.get()) >= 0) {
            out.send(Rpc.notification(
                    "notifications/message",
                    Json.fields()
                            .put("level", of.word())
                            .put("logger", "stele")
                            .put("data", what)
                            .map()));
        }
    }

    // ---- asking the client

    /**
     * Asks the client something and waits for its answer.
     *
     * @throws RpcError if the client refused
     */
    JsonObject ask(Out out, String method, Map<String, @Nullable Object> params) {
        String number = "stele-" + asked.incrementAndGet();
        var answer = new CompletableFuture<JsonObject>();
        awaited.put(number, answer);
        try {
            out.send(Rpc.request(number, method, params));
            return answer.get(MAX_ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RpcError(RpcError.INTERNAL, "cancelled while waiting for the client");
        } catch (ExecutionException | TimeoutException e) {
            throw new RpcError(RpcError.INTERNAL, "the client did not answer " + method + ": " + e.getMessage());
        } finally {
            awaited.remove(number);
        }
    }

    /** Takes what a client answered. */
    void answered(Object request, JsonObject message) {
        CompletableFuture<JsonObject> waiting = awaited.get(String.valueOf(request));
        if (waiting == null) {
            return; // came too late, or answers nothing
        }
        if (message.has("error")) {
            waiting.completeExceptionally(new RpcError(
                    RpcError.INTERNAL,
                    message.object("error")
                            .flatMap(error -> error.optionalString("message"))
                            .orElse("refused")));
        } else {
            waiting.complete(JsonObject.of("result", message.map("result")));
        }
    }

    // ---- subscriptions

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

    /** Follows the change log, in which writes of every process are. */
    private void watch() {
        long last = -1;
        while (!closed.get()) {
            try {
                if (last < 0) {
                    last = latest();
                }
                memory.awaitChange(last, PATIENCE);
                List<Change> changes = memory.changes(last, PAGE);
                if (!changes.isEmpty()) {
                    last = changes.getLast().number();
                    tell(changes);
                }
            } catch (NotFoundException e) {
                last = 0; // the agent comes into being with its first write
                pause();
            } catch (RuntimeException | Error e) { // of whatever kind: the subscriptions depend on this thread
                LOG.log(
                        e instanceof SteleException ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR,
                        "a watch of the change log stumbled",
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
            TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(List<Change> changes) {
        Set<String> touched = new java.util.LinkedHashSet<>();
        changes.forEach(change -> touched.addAll(Resources.touchedBy(memory.name(), change)));
        for (String uri : subscriptions) {
            if (touched.contains(uri)) {
                standing.send(Rpc.notification(
                        "notifications/resources/updated",
                        Json.fields().put("uri", uri).map()));
            }
        }
    }

    @Override
    public void close() {
        closed.set(true);
        running.values().forEach(Thread::interrupt);
        awaited.values().forEach(waiting -> waiting.cancel(false));
    }
}
