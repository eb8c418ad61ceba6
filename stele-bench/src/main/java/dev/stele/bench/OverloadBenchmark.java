package dev.stele.bench;

import java.io.IOException;
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
 * Benchmark of a server under overload: ten times more connections than request permits, slow clients, uploads of 1
 * GiB, and 10,000 idle connections. During each load, a probe sends ten requests per second and measures the times of
 * answers and refusals and the resident memory of the server.
 */
final class OverloadBenchmark {

    private static final int MAX_REQUESTS = 64;
    /** Off-heap budget of requests, and of responses, in MiB. */
    private static final int BUDGET_MIB = 64;
    /** Number of successful answers in a row after which the server counts as recovered. */
    private static final int RECOVERED_ANSWERS = 10;

    private static final String AGENT = "/v1/agents/kira";
    private static final String POST = """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            wrk.body = '{"session":"load","content":"' .. string.rep("one of many messages ", 20) .. '"}'
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
                "server.max-requests=" + MAX_REQUESTS,
                "server.max-requests-per-agent=" + MAX_REQUESTS,
                "server.max-connections=12000",
                "server.idle-timeout=20s",
                "arena.request-bytes=" + BUDGET_MIB + "MiB",
                "arena.response-bytes=" + BUDGET_MIB + "MiB")) {
            out.accept(String.format(
                    Locale.ROOT,
                    "maximum heap 512 MiB, off-heap budgets 2 x %d MiB, %d request permits; resident before load %s",
                    BUDGET_MIB,
                    MAX_REQUESTS,
                    mebibytes(server.residentBytes())));
            Wrk.run(url(server, AGENT + "/messages"), 16, 5, Optional.of(POST)); // warms up the JVM
            measure(
                    server,
                    "16 connections",
                    () -> Optional.of(Wrk.run(url(server, AGENT + "/messages"), 16, seconds, Optional.of(POST))));
            measure(
                    server,
                    MAX_REQUESTS * 10 + " connections",
                    () -> Optional.of(
                            Wrk.run(url(server, AGENT + "/messages"), MAX_REQUESTS * 10, seconds, Optional.of(POST))));
            measure(server, "500 slow clients", () -> {
                sendSlowly(server.port(), 500);
                return Optional.empty();
            });
            measure(server, "2 uploads of 1 GiB", () -> {
                upload(server.port());
                return Optional.empty();
            });
            measure(server, "10,000 idle connections", () -> {
                holdIdle(server.port(), 10_000);
                return Optional.empty();
            });
            out.accept(String.format(Locale.ROOT, "resident after all loads %s", mebibytes(server.residentBytes())));
        } finally {
            TempDirectories.delete(work);
        }
    }

    /** Load on the server. Returns the figures of wrk if wrk makes the load. */
    private interface Load {
        Optional<Wrk.Result> run() throws IOException, InterruptedException;
    }

    private void measure(ServerProcess server, String label, Load load) throws IOException, InterruptedException {
        var stopped = new AtomicBoolean();
        var maxResident = new AtomicLong();
        var answerTimes = Collections.synchronizedList(new ArrayList<Double>());
        var refusalTimes = Collections.synchronizedList(new ArrayList<Double>());
        Thread probe = Thread.ofPlatform().start(() -> {
            while (!stopped.get()) {
                long start = System.nanoTime();
                int status = requestStatus(server.port());
                (status == 200 ? answerTimes : refusalTimes).add((System.nanoTime() - start) / 1e6);
                try {
                    maxResident.accumulateAndGet(server.residentBytes(), Math::max);
                    Thread.sleep(100);
                } catch (IOException | InterruptedException e) {
                    return;
                }
            }
        });
        Optional<Wrk.Result> result;
        try {
            result = load.run();
        } finally {
            stopped.set(true);
            probe.join();
        }
        long start = System.nanoTime();
        int successes = 0;
        while (successes < RECOVERED_ANSWERS) {
            successes = requestStatus(server.port()) == 200 ? successes + 1 : 0;
        }
        double recoveryMillis = (System.nanoTime() - start) / 1e6;
        String wrk = result.map(figures -> String.format(
                        Locale.ROOT,
                        "%,.0f answers/s, p99 %.0f ms, %d refused%s; ",
                        figures.perSecond(),
                        figures.p99(),
                        figures.refused(),
                        figures.socketErrors().isEmpty() ? "" : ", " + figures.socketErrors()))
                .orElse("");
        out.accept(String.format(
                Locale.ROOT,
                "%s: %sprobe: %d answered (p50 %.1f, max. %.1f ms), %d refused (max. %.1f ms); maximum resident %s; ten successful answers %.0f ms after the load",
                label,
                wrk,
                answerTimes.size(),
                quantile(answerTimes, 0.5),
                quantile(answerTimes, 1),
                refusalTimes.size(),
                quantile(refusalTimes, 1),
                mebibytes(maxResident.get()),
                recoveryMillis));
    }

    private static double quantile(List<Double> times, double q) {
        if (times.isEmpty()) {
            return 0;
        }
        List<Double> sorted = times.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.round(q * (sorted.size() - 1))));
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String url(ServerProcess server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    /** Returns the HTTP status of one request on a new connection; 0 without an answer. */
    private static int requestStatus(int port) {
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

    /** Opens connections that send one byte of a header every half second, for 5 seconds. */
    private static void sendSlowly(int port, int count) throws IOException, InterruptedException {
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

    /** Sends two concurrent imports of 1 GiB. All lines are refused, but the server has to read them. */
    private static void upload(int port) throws InterruptedException {
        byte[] line = ("{\"unknown\":\"" + "x".repeat(65_500) + "\"}\n").getBytes(StandardCharsets.US_ASCII);
        long lines = (1L << 30) / line.length;
        var clients = new ArrayList<Thread>();
        for (int i = 0; i < 2; i++) {
            clients.add(Thread.ofPlatform().start(() -> {
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    OutputStream request = socket.getOutputStream();
                    request.write(("POST " + AGENT + "/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                    + "Content-Type: application/x-ndjson\r\nContent-Length: "
                                    + lines * line.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    for (long n = 0; n < lines; n++) {
                        request.write(line);
                    }
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    System.err.println("an upload failed: " + e.getMessage());
                }
            }));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    /** Holds idle connections open for 5 seconds. */
    private static void holdIdle(int port, int count) throws IOException, InterruptedException {
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
