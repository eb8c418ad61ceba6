package dev.stele.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A server under more than it can take: ten times the connections it has places for, clients that dawdle, uploads of a
 * gibibyte, ten thousand idle connections. Throughout, one more client asks ten times a second, and says how long answers and
 * refusals took; the server's memory is watched.
 */
final class OverloadBenchmark {

    private static final int PLACES = 64;
    private static final long BUDGET = 64L << 20;
    private static final String AGENT = "/v1/agents/kira";
    private static final String POST = """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            wrk.body = '{"session":"load","content":"' .. string.rep("more than it can take ", 20) .. '"}'
            """;

    private final int seconds;
    private final Consumer<String> out;

    OverloadBenchmark(int seconds, Consumer<String> out) {
        this.seconds = seconds;
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        Wrk.require("wrk");
        Path work = Files.createTempDirectory("stele-bench");
        try (var server = ServerProcess.stele(
                work.resolve("data"),
                List.of("-Xmx512m"),
                "server.max-requests=" + PLACES,
                "server.max-requests-per-agent=" + PLACES,
                "server.max-connections=12000",
                "server.idle-timeout=20s",
                "arena.request-bytes=64MiB",
                "arena.response-bytes=64MiB")) {
            out.accept(String.format(
                    Locale.ROOT,
                    "heap at most 512 MiB, off-heap budgets 2 x %d MiB, %d places; resident at rest %s",
                    BUDGET >> 20,
                    PLACES,
                    mebibytes(server.resident())));
            Wrk.run(
                    url(server, AGENT + "/messages"),
                    16,
                    5,
                    Optional.of(POST)); // so that what follows meets compiled code
            phase(
                    server,
                    "16 connections",
                    () -> Optional.of(Wrk.run(url(server, AGENT + "/messages"), 16, seconds, Optional.of(POST))));
            phase(
                    server,
                    PLACES * 10 + " connections",
                    () -> Optional.of(
                            Wrk.run(url(server, AGENT + "/messages"), PLACES * 10, seconds, Optional.of(POST))));
            phase(server, "500 dawdling clients", () -> {
                dawdle(server.port(), 500);
                return Optional.empty();
            });
            phase(server, "2 uploads of 1 GiB", () -> {
                upload(server.port());
                return Optional.empty();
            });
            phase(server, "10,000 idle connections", () -> {
                idle(server.port(), 10_000);
                return Optional.empty();
            });
            out.accept(String.format(Locale.ROOT, "resident at the end %s", mebibytes(server.resident())));
        } finally {
            TempDirectories.delete(work);
        }
    }

    private interface Load {
        Optional<Wrk.Result> put() throws IOException, InterruptedException;
    }

    private void phase(ServerProcess server, String what, Load load) throws IOException, InterruptedException {
        var done = new AtomicBoolean();
        var most = new AtomicLong();
        var answered = Collections.synchronizedList(new ArrayList<Double>());
        var refused = Collections.synchronizedList(new ArrayList<Double>());
        Thread probe = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                long began = System.nanoTime();
                int status = ask(server.port());
                (status == 200 ? answered : refused).add((System.nanoTime() - began) / 1e6);
                try {
                    most.accumulateAndGet(server.resident(), Math::max);
                    Thread.sleep(100);
                } catch (IOException | InterruptedException e) {
                    return;
                }
            }
        });
        Optional<Wrk.Result> result;
        try {
            result = load.put();
        } finally {
            done.set(true);
            probe.join();
        }
        long began = System.nanoTime();
        int good = 0;
        while (good < 10) {
            good = ask(server.port()) == 200 ? good + 1 : 0;
        }
        double recovery = (System.nanoTime() - began) / 1e6;
        String wrk = result.map(all -> String.format(
                        Locale.ROOT,
                        "%,.0f answers/s, p99 %.0f ms, %d refused%s; ",
                        all.perSecond(),
                        all.p99(),
                        all.refused(),
                        all.broken().isEmpty() ? "" : ", " + all.broken()))
                .orElse("");
        out.accept(String.format(
                Locale.ROOT,
                "%s: %sanother client: %d answered (p50 %.1f, worst %.1f ms), %d refused (worst %.1f ms); resident at most %s; ten good answers %.0f ms after",
                what,
                wrk,
                answered.size(),
                at(answered, 0.5),
                at(answered, 1),
                refused.size(),
                at(refused, 1),
                mebibytes(most.get()),
                recovery));
    }

    private static double at(List<Double> times, double quantile) {
        if (times.isEmpty()) {
            return 0;
        }
        List<Double> sorted = times.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.round(quantile * (sorted.size() - 1))));
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String url(ServerProcess server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    /** The status of one request on a connection of its own, or 0 if there was no answer. */
    private static int ask(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(("GET " + AGENT + "/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            return answer.length < 12 ? 0 : Integer.parseInt(new String(answer, 9, 3, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return 0;
        }
    }

    /** Clients that send a byte of their headers now and then, until the server hangs up on them all. */
    private static void dawdle(int port, int count) throws IOException, InterruptedException {
        var sockets = new ArrayList<Socket>();
        for (int i = 0; i < count; i++) {
            var socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
            sockets.add(socket);
        }
        for (int round = 0; round < 10; round++) {
            Thread.sleep(500);
            for (Socket socket : sockets) {
                socket.getOutputStream().write('a');
            }
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** Two imports of a gibibyte at once, of lines that are all refused, which the server has to read nevertheless. */
    private static void upload(int port) throws InterruptedException {
        byte[] line = ("{\"nothing\":\"" + "x".repeat(65_500) + "\"}\n").getBytes(StandardCharsets.US_ASCII);
        long lines = (1L << 30) / line.length;
        var clients = new ArrayList<Thread>();
        for (int i = 0; i < 2; i++) {
            clients.add(Thread.ofPlatform().start(() -> {
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    OutputStream to = socket.getOutputStream();
                    to.write(("POST " + AGENT + "/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                    + "Content-Type: application/x-ndjson\r\nContent-Length: "
                                    + lines * line.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    for (long n = 0; n < lines; n++) {
                        to.write(line);
                    }
                    InputStream from = socket.getInputStream();
                    from.readAllBytes();
                } catch (IOException e) {
                    System.err.println("an upload broke off: " + e);
                }
            }));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    private static void idle(int port, int count) throws IOException, InterruptedException {
        var sockets = new ArrayList<Socket>(count);
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Thread.sleep(5_000);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
