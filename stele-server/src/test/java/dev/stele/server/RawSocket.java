package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.server.support.RawHttpClient;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Client of a chat WebSocket that sends arbitrary bytes, including those that no library sends. */
final class RawSocket implements AutoCloseable {

    // Bits and opcodes of the first byte of a frame (RFC 6455, section 5.2).
    static final int FIN = 0x80;
    static final int RSV1 = 0x40;
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final boolean compresses;
    private final Inflater inflater = new Inflater(true);

    /**
     * @param extensions value of the header Sec-WebSocket-Extensions; empty to offer none
     */
    RawSocket(int port, String extensions) throws IOException {
        socket.setReceiveBufferSize(16_384); // small, so that frames wait in the server and not in the client
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
        send(handshake(extensions).getBytes(StandardCharsets.UTF_8));
        String head = head();
        assertThat(head).startsWith("HTTP/1.1 101");
        compresses = head.toLowerCase(Locale.ROOT).contains("permessage-deflate");
    }

    static String handshake(String extensions) {
        return RawHttpClient.head(
                        "GET",
                        "/v1/agents/kira/chat",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
                .replaceFirst(
                        "\r\n\r\n$",
                        extensions.isEmpty() ? "\r\n\r\n" : "\r\nSec-WebSocket-Extensions: " + extensions + "\r\n\r\n");
    }

    private String head() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    /** Returns whether compression was negotiated. */
    boolean compresses() {
        return compresses;
    }

    /**
     * Returns a masked frame, as clients send it.
     *
     * @param first first byte: FIN, reserved bits and opcode
     */
    static byte[] masked(int first, byte[] payload) {
        byte[] mask = {1, 2, 3, 4};
        var masked = new byte[payload.length];
        for (int i = 0; i < payload.length; i++) {
            masked[i] = (byte) (payload[i] ^ mask[i % 4]);
        }
        return frame(first, 0x80, mask, masked);
    }

    /** Returns an unmasked frame, which only servers may send. */
    static byte[] unmasked(int first, byte[] payload) {
        return frame(first, 0, new byte[0], payload);
    }

    private static byte[] frame(int first, int maskBit, byte[] mask, byte[] payload) {
        int length = payload.length;
        int lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
        var bytes = new byte[2 + lengthBytes + mask.length + length];
        ByteBuffer frame = ByteBuffer.wrap(bytes).put((byte) first);
        switch (lengthBytes) {
            case 0 -> frame.put((byte) (maskBit | length));
            case 2 -> frame.put((byte) (maskBit | 126)).putShort((short) length);
            default -> frame.put((byte) (maskBit | 127)).putLong(length);
        }
        frame.put(mask).put(payload);
        return bytes;
    }

    RawSocket send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Sends bytes until the server closes the connection; ignores the failure. */
    RawSocket sendUntilClosed(byte[] bytes) {
        trySend(bytes);
        return this;
    }

    /** Sends bytes. Returns whether the server or the operating system accepted all of them. */
    boolean trySend(byte[] bytes) {
        try {
            send(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Received message or control frame.
     *
     * @param opcode opcode, or -1 for the end of the connection
     * @param code status code of a close frame; 0 for none
     */
    record Frame(int opcode, String text, int code) {
        static Frame of(int opcode, byte[] payload) {
            return new Frame(
                    opcode,
                    new String(payload, StandardCharsets.UTF_8),
                    opcode == CLOSE && payload.length >= 2
                            ? ByteBuffer.wrap(payload).getShort()
                            : 0);
        }
    }

    /** Returns the next message, assembled from its frames and decompressed, or the next control frame. */
    Frame next() throws IOException {
        try {
            var message = new ByteArrayOutputStream();
            int opcode = -1;
            boolean packed = false;
            while (true) {
                int first = in.readUnsignedByte();
                int length = in.readUnsignedByte();
                length = length == 126
                        ? in.readUnsignedShort()
                        : length == 127 ? Math.toIntExact(in.readLong()) : length;
                byte[] payload = in.readNBytes(length);
                if ((first & 0x0f) >= CLOSE) {
                    return Frame.of(first & 0x0f, payload);
                }
                if ((first & 0x0f) != 0) {
                    opcode = first & 0x0f;
                    packed = (first & RSV1) != 0;
                }
                message.writeBytes(payload);
                if ((first & 0x80) != 0) {
                    return Frame.of(opcode, packed ? inflate(message.toByteArray()) : message.toByteArray());
                }
            }
        } catch (EOFException e) {
            return new Frame(-1, "", 0);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return new Frame(-1, "", 0); // the connection was reset
        }
    }

    private byte[] inflate(byte[] packed) throws IOException {
        var out = new ByteArrayOutputStream();
        var some = new byte[8_192];
        for (byte[] part : new byte[][] {packed, {0, 0, -1, -1}}) {
            inflater.setInput(part);
            try {
                for (int count = inflater.inflate(some); count > 0; count = inflater.inflate(some)) {
                    out.write(some, 0, count);
                }
            } catch (DataFormatException e) {
                throw new IllegalStateException(e);
            }
        }
        return out.toByteArray();
    }

    /** Reads frames until one contains a text. */
    void awaitText(String part) throws IOException {
        Frame frame = next();
        while (!frame.text().contains(part)) {
            assertThat(frame.opcode())
                    .as("frame, while one with %s is awaited", part)
                    .isNotIn(-1, CLOSE);
            frame = next();
        }
    }

    /** Reads until the end. Returns the code of the close frame, or 0 if the connection ends without one. */
    int closeCode() throws IOException {
        Frame frame = next();
        while (frame.opcode() != CLOSE && frame.opcode() != -1) {
            frame = next();
        }
        return frame.code();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            inflater.end();
        }
    }
}
