package dev.stele.server;

import dev.stele.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a resource answers. */
sealed interface Reply {

    /** A whole body. */
    record Whole(int status, String type, byte[] body, Map<String, String> headers) implements Reply {}

    /** A body that lies in memory of the server's, which stays there until the server stops. */
    record Region(int status, String type, ByteBuffer body, Map<String, String> headers) implements Reply {}

    /**
     * A body written as it comes, on a thread of its own.
     *
     * @param writer writes it; closes what it holds when it ends
     * @param held what it holds, closed here only if it does not begin
     */
    record Stream(String type, Writer writer, Permit held) implements Reply {
        /** The same stream, which also holds a permit until it ends or if it does not begin. */
        Stream holding(Permit more) {
            return new Stream(
                    type,
                    out -> {
                        try (more) {
                            writer.writeTo(out);
                        }
                    },
                    new Permit(() -> {
                        try (more) {
                            held.close();
                        }
                    }));
        }

        @Override
        public void abandon() {
            held.close();
        }
    }

    /**
     * An answer that has to wait for something other than this server, such as a language model. It is waited for on a
     * thread of its own, without the permit of the request.
     *
     * @param held what it holds, closed when it ends or if it does not begin
     */
    record Later(Callable<Reply> work, Permit held) implements Reply {
        @Override
        public void abandon() {
            held.close();
        }
    }

    /**
     * The connection becomes a WebSocket.
     *
     * @param endpoint makes what listens to it, and takes over what it holds
     * @param held closed if it does not become one
     */
    record Socket(Supplier<Object> endpoint, Permit held) implements Reply {
        @Override
        public void abandon() {
            held.close();
        }
    }

    /** Gives back what an answer holds that is not sent. */
    default void abandon() {}

    /** Writes a stream; returns at its end. */
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    static Reply json(@Nullable Object tree) {
        return json(200, tree, Map.of());
    }

    static Reply json(int status, @Nullable Object tree, Map<String, String> headers) {
        return new Whole(status, "application/json", Json.write(tree).getBytes(StandardCharsets.UTF_8), headers);
    }

    static Reply created(@Nullable Object tree, String location) {
        return json(201, tree, Map.of("Location", location));
    }

    static Reply text(String type, String text) {
        return new Whole(200, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    static Reply nothing() {
        return new Whole(204, "", new byte[0], Map.of());
    }

    static Reply problem(Problem problem, String requestId) {
        return new Whole(
                problem.status(),
                "application/problem+json",
                Json.write(problem.toJson(requestId)).getBytes(StandardCharsets.UTF_8),
                problem.headers());
    }
}
