package dev.stele.server;

import dev.stele.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Response of a resource. {@link RequestHandler} sends it, or calls {@link #abandon} if it cannot be sent.
 *
 * <p>Replies that take time hold permits, such as the one for a stream. The holder of the reply releases them by
 * sending or abandoning the reply.
 */
sealed interface Reply {

    /**
     * Response with a complete body.
     *
     * @param type media type of the body
     */
    record Complete(int status, String type, byte[] body, Map<String, String> headers) implements Reply {

        /** Returns the same response with its body as a buffer. */
        Buffer toBuffer() {
            return new Buffer(status, type, ByteBuffer.wrap(body), headers);
        }
    }

    /**
     * Response whose body is a buffer.
     *
     * @param type media type of the body
     * @param body read-only content, which stays valid until the server stops
     */
    record Buffer(int status, String type, ByteBuffer body, Map<String, String> headers) implements Reply {}

    /**
     * Response with status 200 whose body is written step by step on a stream thread.
     *
     * @param type media type of the body
     * @param writer writes the body and releases the permit when it ends
     * @param held permit, released here only if the writer does not start
     */
    record Stream(String type, Writer writer, Permit held) implements Reply {
        @Override
        public void abandon() {
            held.close();
        }
    }

    /**
     * Response that waits for another system, such as a language model. The wait takes place on a stream thread, after
     * the permit of the request was released.
     *
     * @param work produces the response
     * @param held permit, released when the work ends or if it does not start
     */
    record Deferred(Callable<Reply> work, Permit held) implements Reply {
        @Override
        public void abandon() {
            held.close();
        }
    }

    /**
     * Response that depends on a write that waits for the disk. No thread waits for it.
     *
     * @param reply the response, completed on a thread that may send it
     * @param write the write; canceled if the request is past its deadline
     */
    record Pending(CompletableFuture<Reply> reply, Future<?> write) implements Reply {}

    /**
     * Upgrade of the connection to a WebSocket.
     *
     * @param endpoint creates the listener of the WebSocket, which takes over the permit
     * @param held permit, released if the upgrade fails
     */
    record WebSocket(Supplier<Object> endpoint, Permit held) implements Reply {
        @Override
        public void abandon() {
            held.close();
        }
    }

    /** Releases the permits of a reply that is not sent. */
    default void abandon() {}

    /** Writer of a streamed body. */
    interface Writer {
        /**
         * Writes the whole body and returns at its end.
         *
         * @throws IOException if the client is gone
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Returns a response with status 200 and a JSON body.
     *
     * @param tree body: maps, lists, strings, numbers, booleans and null
     */
    static Reply json(@Nullable Object tree) {
        return json(200, tree, Map.of());
    }

    /**
     * Returns a response with a JSON body.
     *
     * @param tree body: maps, lists, strings, numbers, booleans and null
     */
    static Reply json(int status, @Nullable Object tree, Map<String, String> headers) {
        return new Complete(status, "application/json", Json.write(tree).getBytes(StandardCharsets.UTF_8), headers);
    }

    /**
     * Returns a response with status 201 and a JSON body.
     *
     * @param location path of the created resource
     */
    static Reply created(@Nullable Object tree, String location) {
        return json(201, tree, Map.of("Location", location));
    }

    /**
     * Returns a response with status 200 and a textual body in UTF-8.
     *
     * @param type media type
     */
    static Reply text(String type, String text) {
        return new Complete(200, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** Returns a response with status 204 and no body. */
    static Reply noContent() {
        return new Complete(204, "", new byte[0], Map.of());
    }

    /** Returns the problem document of an error (RFC 9457). */
    static Complete problem(Problem problem, String requestId) {
        return new Complete(
                problem.status(),
                "application/problem+json",
                Json.write(problem.toJson(requestId)).getBytes(StandardCharsets.UTF_8),
                problem.headers());
    }
}
