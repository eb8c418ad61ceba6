package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Transport of the Model Context Protocol over standard input and output: one client, one JSON message a line, in
 * UTF-8. Requests are handled concurrently, up to a maximum number at once. Each message to the client is written as
 * one whole line. Serving ends at the end of the input, after all running requests have ended. Serves once.
 */
public final class StdioTransport {

    private static final System.Logger LOG = System.getLogger(StdioTransport.class.getName());

    private final McpServer server;
    private final int maxMessageBytes;
    private final Semaphore permits;
    private final OutputStream out;

    /** Held while a line is written. */
    private final ReentrantLock writeLock = new ReentrantLock();

    /**
     * Creates a transport.
     *
     * @param server handles the messages
     * @param out receives one line for each message to the client; not closed by this object
     * @param maxMessageBytes maximum length of a message that is read, in bytes
     * @param maxRequests maximum number of requests that are handled at once
     */
    public StdioTransport(McpServer server, OutputStream out, int maxMessageBytes, int maxRequests) {
        this.server = server;
        this.out = out;
        this.maxMessageBytes = maxMessageBytes;
        this.permits = new Semaphore(maxRequests);
    }

    /**
     * Serves one client until the input ends.
     *
     * @param input messages of the client, one a line
     * @param memory memory of the agent that the client works with
     * @param options options of the session
     * @throws IOException if the input cannot be read
     * @throws InterruptedException if the thread is interrupted while it waits for a running request
     */
    public void serve(InputStream input, AgentMemory memory, SessionOptions options)
            throws IOException, InterruptedException {
        try (var session = McpSession.of("stdio", "", memory, options, this::send)) {
            try (ExecutorService requests = PlatformThreads.cachedExecutor("stele-mcp-")) {
                try {
                    handleAll(new BufferedInputStream(input, 1 << 16), session, requests);
                } finally {
                    session.clientRequests().close(); // no answer of the client can come any more
                }
            } // waits for running requests
            session.endSubscriptions();
        }
    }

    private void handleAll(InputStream in, McpSession session, ExecutorService requests)
            throws IOException, InterruptedException {
        for (Optional<byte[]> next = readLine(in); next.isPresent(); next = readLine(in)) {
            byte[] bytes = next.get();
            if (bytes.length == 0) {
                continue;
            }
            Object message;
            try {
                message = parse(bytes);
            } catch (RpcError e) {
                send(JsonRpc.error(null, e));
                continue;
            }
            if (message instanceof Map<?, ?> map && (map.get("id") == null || map.get("method") == null)) {
                answerOne(session, message); // notifications and responses keep their order
                continue;
            }
            permits.acquire();
            requests.execute(() -> {
                try {
                    answer(session, message);
                } finally {
                    permits.release();
                }
            });
        }
    }

    private void answer(McpSession session, @Nullable Object message) {
        if (message instanceof List<?> batch && !batch.isEmpty()) {
            batch.forEach(item -> answerOne(session, item));
        } else {
            answerOne(session, message);
        }
    }

    private void answerOne(McpSession session, @Nullable Object message) {
        server.handle(session, message, this::send).response().ifPresent(this::send);
    }

    /**
     * Reads the next line without its terminator; empty at the end of the input. A line that is too long is skipped.
     */
    private Optional<byte[]> readLine(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        boolean tooLong = false;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                if (tooLong) {
                    send(JsonRpc.error(
                            null,
                            new RpcError(
                                    RpcError.INVALID_REQUEST,
                                    "The message has more than %d bytes (server.max-body-bytes); send less at once."
                                            .formatted(maxMessageBytes))));
                    return Optional.of(new byte[0]);
                }
                return Optional.of(bytes.toByteArray());
            }
            if (bytes.size() >= maxMessageBytes) {
                tooLong = true;
                bytes.reset();
            }
            if (!tooLong && b != '\r') {
                bytes.write(b);
            }
        }
        return bytes.size() == 0 ? Optional.empty() : Optional.of(bytes.toByteArray());
    }

    private static @Nullable Object parse(byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RpcError(RpcError.PARSE, "The message is not UTF-8.");
        }
        try {
            return Json.read(text);
        } catch (InvalidInputException e) {
            throw new RpcError(RpcError.PARSE, String.valueOf(e.getMessage()));
        }
    }

    private void send(Map<String, @Nullable Object> message) {
        byte[] bytes = (Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8);
        writeLock.lock();
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "The MCP client is gone", e);
        } finally {
            writeLock.unlock();
        }
    }
}
