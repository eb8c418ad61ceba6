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
 * One client over standard input and output: a message a line, in UTF-8. Requests are answered side by side, at most so many at
 * once, and each answer is one line whatever else is being written. Ends with its input, after what was asked is answered.
 */
public final class StdioTransport {

    private static final System.Logger LOG = System.getLogger(StdioTransport.class.getName());

    private final McpServer server;
    private final int mostBytes;
    private final Semaphore places;
    private final OutputStream out;

    /** Writing a line; nothing else is done under it. */
    private final ReentrantLock line = new ReentrantLock();

    /**
     * @param mostBytes longest message that is read
     * @param atOnce most requests that are answered at once
     */
    public StdioTransport(McpServer server, OutputStream out, int mostBytes, int atOnce) {
        this.server = server;
        this.out = out;
        this.mostBytes = mostBytes;
        this.places = new Semaphore(atOnce);
    }

    /** Serves until the input ends. */
    public void serve(InputStream input, AgentMemory memory, boolean readOnly, boolean searchFirst)
            throws IOException, InterruptedException {
        Optional<SearchBeforeWriteGuard> gate =
                searchFirst ? Optional.of(new SearchBeforeWriteGuard()) : Optional.empty();
        // The executor is closed first, which waits for what was asked.
        try (var session = new McpSession("stdio", "", memory, readOnly, gate, this::send);
                ExecutorService requests = PlatformThreads.cachedExecutor("stele-mcp-")) {
            var in = new BufferedInputStream(input, 1 << 16);
            for (Optional<byte[]> next = line(in); next.isPresent(); next = line(in)) {
                byte[] bytes = next.get();
                if (bytes.length == 0) {
                    continue;
                }
                Object message;
                try {
                    message = read(bytes);
                } catch (RpcError e) {
                    send(Rpc.error(null, e));
                    continue;
                }
                if (message instanceof Map<?, ?> map && (map.get("id") == null || map.get("method") == null)) {
                    server.handle(session, message, this::send).ifPresent(this::send); // tells something; in its order
                    continue;
                }
                places.acquire();
                requests.execute(() -> {
                    try {
                        answer(session, message);
                    } finally {
                        places.release();
                    }
                });
            }
        }
    }

    private void answer(McpSession session, @Nullable Object message) {
        if (message instanceof List<?> batch && !batch.isEmpty()) {
            batch.forEach(one -> server.handle(session, one, this::send).ifPresent(this::send));
        } else {
            server.handle(session, message, this::send).ifPresent(this::send);
        }
    }

    /** The next line without its end; empty at the end of the input. */
    private Optional<byte[]> line(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        boolean tooLong = false;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                if (tooLong) {
                    send(Rpc.error(
                            null,
                            new RpcError(
                                    RpcError.INVALID_REQUEST,
                                    "The message has more than %d bytes (server.max-body-bytes); send less at once."
                                            .formatted(mostBytes))));
                    return Optional.of(new byte[0]);
                }
                return Optional.of(bytes.toByteArray());
            }
            if (bytes.size() >= mostBytes) {
                tooLong = true;
                bytes.reset();
            }
            if (!tooLong && b != '\r') {
                bytes.write(b);
            }
        }
        return bytes.size() == 0 ? Optional.empty() : Optional.of(bytes.toByteArray());
    }

    private static @Nullable Object read(byte[] bytes) {
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
        line.lock();
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the client went", e);
        } finally {
            line.unlock();
        }
    }
}
