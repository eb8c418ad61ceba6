package dev.stele.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Server that answers connections with given bytes, for what a server of Stele does too seldom to be tested, such as to
 * fall silent. Each connection is closed after its answer.
 */
final class PlayedServer implements AutoCloseable {

    /** Answer after which the connection stays open and silent until the client closes it. */
    static final String SILENCE = "<silence>";

    static final String EVENTS =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1000\n\n";

    private final ServerSocket socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private final ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch silent = new CountDownLatch(1);
    private final Future<List<String>> requests;

    PlayedServer(String... answers) throws IOException {
        requests = thread.submit(() -> play(answers));
    }

    String address() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** Waits until all answers were sent and all connections were closed, and returns the requests. */
    List<String> requests() throws Exception {
        return requests.get(10, TimeUnit.SECONDS);
    }

    /** Waits until a connection is silent. */
    void awaitSilence() throws InterruptedException {
        silent.await();
    }

    static String change(long number) {
        return "id: %d\nevent: note.created\ndata: {\"number\": %d, \"at\": \"2026-05-08T13:56:00Z\", \"kind\": \"note.created\", \"ref\": \"n\"}\n\n"
                .formatted(number, number);
    }

    static String problem(int status, String code) {
        return "event: problem\ndata: {\"type\": \"urn:stele:%s\", \"title\": \"t\", \"status\": %d, \"detail\": \"d\", \"request\": \"\"}\n\n"
                .formatted(code, status);
    }

    private List<String> play(String... answers) throws IOException {
        List<String> received = new ArrayList<>();
        for (String answer : answers) {
            try (Socket client = socket.accept()) {
                received.add(head(client.getInputStream()));
                boolean stays = answer.endsWith(SILENCE);
                client.getOutputStream().write(answer.replace(SILENCE, "").getBytes(StandardCharsets.UTF_8));
                client.getOutputStream().flush();
                if (stays) {
                    silent.countDown();
                    awaitEnd(client);
                }
            }
        }
        return received;
    }

    /** Waits until a client has closed its connection. */
    static void awaitEnd(Socket client) throws IOException {
        try {
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // The client closed the connection before it had read everything.
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(in.read());
        }
        // Reads the body too, because a connection with unread data is reset when it is closed.
        String text = head.toString(StandardCharsets.ISO_8859_1);
        var length = Pattern.compile("(?i)content-length: (\\d+)").matcher(text);
        if (length.find()) {
            in.readNBytes(Integer.parseInt(length.group(1)));
        }
        return text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
        thread.shutdownNow();
    }
}
