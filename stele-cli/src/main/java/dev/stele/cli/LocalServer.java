package dev.stele.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * HTTP client of the socket that a server keeps in its data directory, see {@link dev.stele.server.CommandSocket}.
 *
 * <p>Each request has a connection of its own and a bounded time. There are few classes to load, unlike with the HTTP
 * clients of the JDK, which know no such sockets anyway.
 *
 * @param socket the socket
 * @param timeout maximum time for a request with its answer
 */
record LocalServer(Path socket, Duration timeout) {

    private static final int BUFFER_BYTES = 16_384;
    private static final String END_OF_HEADERS = "\r\n\r\n";
    private static final String OK = "HTTP/1.1 20";

    /** Returns the server of a socket; empty if there is no such socket. */
    static Optional<LocalServer> at(Path socket, Duration timeout) {
        return timeout.isPositive() && Files.exists(socket)
                ? Optional.of(new LocalServer(socket, timeout))
                : Optional.empty();
    }

    /**
     * Sends a POST request.
     *
     * @param path path with the leading slash
     * @param body JSON text
     * @param headers further headers
     * @return the body of the response; empty if no server listens, the server refuses the request, or the answer is
     *     not complete in time. In the last case the server may have done what was asked.
     */
    Optional<String> post(String path, String body, Map<String, String> headers) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        var head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer request = ByteBuffer.allocate(start.length + content.length)
                .put(start)
                .put(content)
                .flip();
        try {
            return exchange(request).flatMap(LocalServer::body);
        } catch (IOException e) {
            return Optional.empty(); // the socket of a server that has ended, or that ends now
        }
    }

    /** Sends a request and returns all bytes of the answer; empty if the time is over before the end. */
    private Optional<byte[]> exchange(ByteBuffer request) throws IOException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                var selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
            var answer = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (true) {
                long restMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
                if (restMillis <= 0) {
                    return Optional.empty();
                }
                selector.select(restMillis);
                selector.selectedKeys().clear();
                if (request.hasRemaining()) {
                    channel.write(request);
                    key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
                    continue;
                }
                int read = channel.read(buffer);
                if (read < 0) {
                    return Optional.of(answer.toByteArray());
                }
                answer.write(buffer.array(), 0, read);
                buffer.clear();
            }
        }
    }

    /** Returns the body of a complete answer; empty if the answer is not complete or refuses the request. */
    private static Optional<String> body(byte[] answer) {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(END_OF_HEADERS);
        if (end < 0 || !text.startsWith(OK)) {
            return Optional.empty();
        }
        String headers = text.substring(0, end).toLowerCase(Locale.ROOT);
        String body = text.substring(end + END_OF_HEADERS.length());
        Optional<String> whole = headers.contains("\r\ntransfer-encoding: chunked")
                ? joined(body)
                : length(headers).map(length -> length == body.length()).orElse(false)
                        ? Optional.of(body)
                        : Optional.empty();
        return whole.map(bytes -> new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    private static Optional<Integer> length(String headers) {
        String name = "\r\ncontent-length:";
        int at = headers.indexOf(name);
        if (at < 0) {
            return Optional.empty();
        }
        int end = headers.indexOf("\r\n", at + name.length());
        String value = end < 0 ? headers.substring(at + name.length()) : headers.substring(at + name.length(), end);
        try {
            return Optional.of(Integer.valueOf(value.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Joins the chunks of a body; empty if the last one is missing. */
    private static Optional<String> joined(String chunks) {
        var body = new StringBuilder();
        int at = 0;
        while (true) {
            int end = chunks.indexOf("\r\n", at);
            if (end < 0) {
                return Optional.empty();
            }
            int length;
            try {
                length = Integer.parseInt(
                        chunks.substring(at, end).split(";", 2)[0].strip(), 16);
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
            if (length == 0) {
                return Optional.of(body.toString());
            }
            int from = end + 2;
            if (length < 0 || from + length + 2 > chunks.length()) {
                return Optional.empty();
            }
            body.append(chunks, from, from + length);
            at = from + length + 2;
        }
    }
}
