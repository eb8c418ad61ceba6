package dev.stele.mcp;

import dev.stele.model.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Requests of the server to one client, and the client's responses, in the revisions with sessions. Thread-safe.
 */
final class ClientRequests implements AutoCloseable {

    /** Maximum time to wait for the client's response to a request of the server. */
    private static final Duration MAX_RESPONSE_WAIT = Duration.ofMinutes(2);

    private final AtomicLong number = new AtomicLong();
    private final Map<String, CompletableFuture<JsonObject>> pending = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Sends a request to the client and waits for its response.
     *
     * @param out receives the request
     * @param method method of the protocol, such as {@code sampling/createMessage}
     * @param params parameters of the method
     * @return the result that the client sent
     * @throws RpcError if the client refuses or does not respond within two minutes, the session has ended, or the
     *     thread is interrupted
     */
    JsonObject send(McpSession.MessageSink out, String method, Map<String, @Nullable Object> params) {
        String id = "stele-" + number.incrementAndGet();
        var response = new CompletableFuture<JsonObject>();
        pending.put(id, response);
        try {
            if (closed.get()) { // close may have looked for requests that wait before this one was there
                throw ended();
            }
            out.send(JsonRpc.request(id, method, params));
            return response.get(MAX_RESPONSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RpcError(RpcError.INTERNAL, "The request was canceled while it waited for the client.");
        } catch (ExecutionException | TimeoutException e) {
            throw new RpcError(RpcError.INTERNAL, "The client did not answer " + method + ": " + e.getMessage());
        } finally {
            pending.remove(id);
        }
    }

    /** Completes the request that a response belongs to; drops responses to unknown or expired requests. */
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

    /** Fails all requests that wait, and later ones: the client cannot answer any more. Idempotent. */
    @Override
    public void close() {
        closed.set(true);
        pending.values().forEach(response -> response.completeExceptionally(ended()));
    }

    private static RpcError ended() {
        return new RpcError(RpcError.INTERNAL, "The session has ended.");
    }
}
