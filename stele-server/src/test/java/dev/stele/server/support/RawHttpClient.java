package dev.stele.server.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** HTTP client that sends arbitrary bytes, including those that no library sends. */
public final class RawHttpClient implements AutoCloseable {

    private final Socket socket;

    public RawHttpClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
    }

    /** Returns the head of a request with the given header lines. */
    public static String head(String method, String path, String... headers) {
        var head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    public RawHttpClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawHttpClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Returns the status of the next response, or 0 if the connection ends without one. */
    public int status() throws IOException {
        String line = line();
        return line.startsWith("HTTP/1.1 ") ? Integer.parseInt(line.substring(9, 12)) : 0;
    }

    /** Closes the sending half of the connection. */
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Returns everything that the server still sends, up to a megabyte; only the beginning of an event stream. */
    public String rest() throws IOException {
        var all = new ByteArrayOutputStream();
        var some = new byte[8_192];
        long deadline = System.nanoTime() + 30_000_000_000L;
        try {
            for (int n = socket.getInputStream().read(some);
                    n >= 0 && all.size() < 1 << 20;
                    n = socket.getInputStream().read(some)) {
                all.write(some, 0, n);
                if (all.toString(StandardCharsets.ISO_8859_1).contains("text/event-stream")) {
                    break;
                }
                if (System.nanoTime() > deadline) {
                    throw new SocketTimeoutException("it does not end");
                }
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return all.toString(StandardCharsets.UTF_8); // the connection was reset
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        try {
            for (int b = socket.getInputStream().read();
                    b >= 0 && b != '\n';
                    b = socket.getInputStream().read()) {
                line.write(b);
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return ""; // the connection was reset
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    public static byte[] gzip(byte[] plain) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    /**
     * Returns the compressed form of {@code count} repetitions of a letter between two texts, without holding them in
     * memory.
     */
    public static byte[] gzip(String before, char letter, long count, String after) {
        var out = new ByteArrayOutputStream();
        var some = new byte[1 << 16];
        java.util.Arrays.fill(some, (byte) letter);
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(before.getBytes(StandardCharsets.UTF_8));
            for (long left = count; left > 0; left -= some.length) {
                gzip.write(some, 0, (int) Math.min(left, some.length));
            }
            gzip.write(after.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
