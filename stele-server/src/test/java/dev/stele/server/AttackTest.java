package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All attacks at once on a server with a heap of 512 MB, beside sixteen clients that mean well. */
@Timeout(300)
class AttackTest {

    private static final int HONEST = 16;

    /** Heap, arenas of requests and answers, threads, code and two parsers: what the process may take from the machine. */
    private static final long MAX_RESIDENT = 1_200L << 20;

    @TempDir
    Path data;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> done = new java.util.concurrent.ConcurrentHashMap<>();
    private final List<HostileDocuments.Sample> documents = HostileDocuments.all();
    private String hostile = "";
    private int port;

    /** What clients that mean well have seen. */
    private static final class Seen {
        private final Queue<Long> nanos = new ConcurrentLinkedQueue<>();

        void add(long start) {
            nanos.add(System.nanoTime() - start);
        }

        double millis(double part) {
            long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
            return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, part * sorted.length)] / 1e6;
        }
    }

    @Test
    void clientsThatMeanWellAreServedBesideAllAttacks() throws Exception {
        attack(Duration.ofSeconds(8));
    }

    @Test
    @Tag("proof")
    void andSoForAMinuteAndInTime() throws Exception {
        Result result = attack(Duration.ofSeconds(60));
        assertThat(result.served().millis(0.99)).isLessThanOrEqualTo(250);
        assertThat(result.health().millis(0.99)).isLessThanOrEqualTo(50);
    }

    private record Result(Seen served, Seen health) {}

    private Result attack(Duration time) throws Exception {
        var keys = new ApiKeys(data);
        hostile = keys.create("hostile", Scope.WRITE, List.of()).text();
        var honest = new ArrayList<String>();
        for (int i = 0; i < HONEST; i++) {
            honest.add(keys.create("honest " + i, Scope.WRITE, List.of()).text());
        }
        var served = new Seen();
        var health = new Seen();
        var acknowledged = new AtomicLong();
        long resident = 0;
        try (var server = new ServeProcess(
                data,
                List.of("-Xmx512m"),
                List.of(
                        "--host=0.0.0.0",
                        "--set=limits.document-time=3s",
                        "--set=limits.document-memory=96MiB",
                        "--set=server.shutdown-timeout=10s",
                        "--set=memory.embedder=none"))) {
            port = server.port();
            for (int i = 0; i < HONEST; i++) { // opens each agent, and lets the code grow warm
                serve(HttpClient.newHttpClient(), honest.get(i), i, new Seen(), acknowledged);
            }
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < HONEST; i++) {
                int number = i;
                threads.add(start("honest", () -> {
                    var client = HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .build();
                    while (!stop.get()) {
                        serve(client, honest.get(number), number, served, acknowledged);
                        pause(40);
                    }
                }));
            }
            threads.add(start("health", () -> {
                try (var http = new Http(port)) {
                    while (!stop.get()) {
                        long start = System.nanoTime();
                        if (http.get("/health").status() != 200) {
                            wrong.add("/health fails");
                        }
                        health.add(start);
                        pause(50);
                    }
                }
            }));
            attacks()
                    .forEach((name, action) -> threads.add(start(name, () -> {
                        while (!stop.get()) {
                            try {
                                action.run();
                            } catch (IOException e) { // the server may end the connections of those
                                pause(1);
                            }
                            done.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet();
                        }
                    })));
            for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() < end; ) {
                pause(250);
                resident = Math.max(resident, server.residentBytes());
            }
            stop.set(true);
            for (Thread thread : threads) {
                thread.join(60_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
            System.out.printf(
                    "%s: %d honest requests, p50 %.1f, p99 %.1f, worst %.1f ms; /health p99 %.1f, worst %.1f ms; %d MiB resident; attacks %s%n",
                    time,
                    served.nanos.size(),
                    served.millis(0.5),
                    served.millis(0.99),
                    served.millis(1),
                    health.millis(0.99),
                    health.millis(1),
                    resident >> 20,
                    done);
            assertThat(wrong).isEmpty();
            assertThat(done).hasSameSizeAs(attacks());
            assertThat(resident).isLessThan(MAX_RESIDENT);
            assertWholeAgain(honest, acknowledged);
            assertThat(server.log())
                    .noneMatch(line -> line.contains("OutOfMemoryError") || line.contains("StackOverflowError"));
            assertThat(server.terminate(30)).as("it ends when it is told to").isTrue();
        }
        assertNothingLost(acknowledged.get());
        return new Result(served, health);
    }

    /** Within a second of the last attack every request is served again. */
    private void assertWholeAgain(List<String> honest, AtomicLong acknowledged) throws Exception {
        pause(1_000);
        var client = HttpClient.newHttpClient();
        for (int i = 0; i < HONEST; i++) {
            serve(client, honest.get(i), i, new Seen(), acknowledged);
        }
        assertThat(wrong).isEmpty();
        assertThat(send(client, hostile, "POST", "/v1/agents/kira/messages", "{\"content\":\"x\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    private void assertNothingLost(long acknowledged) {
        try (var stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()))) {
            long kept = 0;
            for (int i = 0; i < HONEST; i++) {
                kept += stele.agent("honest" + i).stats().messages();
            }
            assertThat(kept).isEqualTo(acknowledged);
            for (AgentName agent : stele.agents()) {
                assertThat(stele.agent(agent.value()).verify().problems())
                        .as(agent.toString())
                        .isEmpty();
            }
        }
    }

    // ---- clients that mean well

    private void serve(HttpClient client, String key, int number, Seen seen, AtomicLong acknowledged)
            throws IOException, InterruptedException {
        String agent = "/v1/agents/honest" + number;
        long start = System.nanoTime();
        var written =
                send(client, key, "POST", agent + "/messages", "{\"content\":\"I drink tea and live in Lisbon\"}");
        seen.add(start);
        check(written, 201);
        if (written.statusCode() == 201) {
            acknowledged.incrementAndGet();
        }
        start = System.nanoTime();
        check(send(client, key, "POST", agent + "/recall", "{\"query\":\"tea\"}"), 200);
        seen.add(start);
        start = System.nanoTime();
        check(send(client, key, "GET", agent + "/sessions/default/messages?limit=5", ""), 200);
        seen.add(start);
    }

    private void check(HttpResponse<String> answer, int expected) {
        if (answer.statusCode() != expected) {
            wrong.add(answer.request().uri().getPath() + " " + answer.statusCode() + " " + answer.body());
        }
    }

    private HttpResponse<String> send(HttpClient client, String key, String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(30))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    // ---- attacks

    @FunctionalInterface
    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    private Thread start(String name, Callable action) {
        return start(Thread.ofPlatform().name(name).factory(), name, action);
    }

    private Thread start(ThreadFactory threads, String name, Callable action) {
        Thread thread = threads.newThread(() -> {
            try {
                action.call();
            } catch (Exception e) {
                wrong.add(name + ": " + e);
            }
        });
        thread.start();
        return thread;
    }

    @FunctionalInterface
    private interface Callable {
        void call() throws Exception;
    }

    private static void pause(long millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }

    private Map<String, Action> attacks() {
        byte[] whole = Raw.gzip(("{\"content\":\"" + "tea ".repeat(2_000) + "\"}").getBytes(StandardCharsets.UTF_8));
        byte[] bomb = Raw.gzip("{\"content\":\"", 'x', 100_000_000, "\"}");
        byte[] line = Raw.gzip("{\"role\":\"user\",\"content\":\"", 'x', 300_000_000, "\"}\n");
        return Map.ofEntries(
                Map.entry("truncated gzip", () -> {
                    for (int length : new int[] {1, 10, 20, whole.length / 2}) {
                        try (var raw = new Raw(port)) {
                            raw.send(head("POST", "/v1/nothing", "", "Content-Encoding: gzip", whole.length))
                                    .send(Arrays.copyOf(whole, length));
                        }
                        ask("POST", "/mcp", "Content-Encoding: gzip", Arrays.copyOf(whole, length));
                    }
                    pause(20);
                }),
                Map.entry("gzip bombs", () -> {
                    ask("POST", "/v1/agents/kira/messages", "Content-Encoding: gzip", bomb);
                    ask("POST", "/v1/agents/kira/import", "Content-Encoding: gzip", line);
                }),
                Map.entry("documents", () -> {
                    for (HostileDocuments.Sample sample : documents) {
                        if (!stop.get()) {
                            ask(
                                    "POST",
                                    "/v1/agents/kira/documents?collection=c",
                                    "X-Stele-Client: a",
                                    sample.type(),
                                    sample.bytes());
                        }
                    }
                }),
                Map.entry(
                        "regular expressions",
                        () -> together(6, () -> query("RETURN '" + "x".repeat(5_000) + "' =~ '(x+x+)+y' AS a"))),
                Map.entry(
                        "products",
                        () -> together(
                                6,
                                () -> query("UNWIND range(1,100000000) AS x WITH x WHERE x%2=0 RETURN count(x) AS n"))),
                Map.entry("names of a megabyte", () -> {
                    ask("POST", "/mcp?agent=kira", "", call("neighbors", Map.of("entity", "x".repeat(1_000_000))));
                    ask(
                            "POST",
                            "/v1/agents/kira/entities/Ana/merge",
                            "",
                            Json.write(Map.of("with", "y z ".repeat(17_500))).getBytes(StandardCharsets.UTF_8));
                }),
                Map.entry("HEAD of feeds", () -> {
                    for (int i = 0; i < 20; i++) {
                        try (var raw = new Raw(port)) {
                            raw.send(head("HEAD", "/v1/agents/kira/changes", hostile, "", 0));
                            expect(raw.status());
                        }
                    }
                    pause(20);
                }),
                Map.entry(
                        "feeds never read",
                        () -> hold(
                                200,
                                () -> new Raw(port)
                                        .send(head(
                                                "GET",
                                                "/v1/agents/kira/changes",
                                                hostile,
                                                "Accept: text/event-stream",
                                                0)))),
                Map.entry(
                        "exports never read",
                        () -> hold(
                                20,
                                () -> new Raw(port).send(head("GET", "/v1/agents/honest0/export", hostile, "", 0)))),
                Map.entry(
                        "slow bodies",
                        () -> hold(
                                300,
                                () -> new Raw(port)
                                        .send(head("POST", "/v1/agents/slow/messages", hostile, "", 5_000_000))
                                        .send("{"))),
                Map.entry("silent connections", () -> hold(300, () -> new Raw(port).send("GET /v1/ag"))),
                Map.entry("sessions", () -> {
                    for (int i = 0; i < 300 && !stop.get(); i++) {
                        ask(
                                "POST",
                                "/mcp?agent=kira",
                                "",
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"
                                        .getBytes(StandardCharsets.UTF_8));
                        pause(2);
                    }
                }),
                Map.entry("batches", () -> {
                    ask(
                            "POST",
                            "/mcp?agent=kira",
                            "",
                            Json.write(Collections.nCopies(
                                            100,
                                            Json.read(
                                                    new String(call("read_graph", Map.of()), StandardCharsets.UTF_8))))
                                    .getBytes(StandardCharsets.UTF_8));
                    pause(20);
                }),
                Map.entry(
                        "sockets",
                        () -> hold(
                                100,
                                () -> new Raw(port)
                                        .send(head(
                                                "GET",
                                                "/v1/agents/kira/chat",
                                                hostile,
                                                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                                0))
                                        .send(new byte[] {(byte) 0x81, (byte) 0x85, 0, 0, 0, 0, '{', 'b', 'a', 'd', '}'
                                        }))),
                Map.entry("deep JSON", () -> {
                    ask(
                            "POST",
                            "/v1/agents/kira/messages",
                            "",
                            "[".repeat(500_000).getBytes(StandardCharsets.UTF_8));
                    ask(
                            "POST",
                            "/v1/agents/kira/recall",
                            "",
                            "{\"query\":".repeat(100_000).getBytes(StandardCharsets.UTF_8));
                    pause(20);
                }),
                Map.entry("wrong keys", () -> {
                    for (int i = 0; i < 20; i++) {
                        try (var raw = new Raw(port)) {
                            raw.send(head("GET", "/v1/agents", "stele_a_" + i, "", 0));
                            expect(raw.status());
                        }
                    }
                    pause(20);
                }));
    }

    private void query(String query) throws IOException {
        ask(
                "POST",
                "/v1/agents/kira/graph/query",
                "",
                Json.write(Map.of("query", query)).getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] call(String tool, Map<String, ?> arguments) {
        return Json.write(Map.of(
                        "jsonrpc",
                        "2.0",
                        "id",
                        1L,
                        "method",
                        "tools/call",
                        "params",
                        Map.of(
                                "name",
                                tool,
                                "arguments",
                                arguments,
                                "_meta",
                                Map.of("io.modelcontextprotocol/protocolVersion", "2026-07-28"))))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String head(String method, String path, String key, String header, int length) {
        return head(method, path, key, header, "application/json", length);
    }

    private static String head(String method, String path, String key, String header, String type, int length) {
        return Raw.head(
                method,
                path,
                Stream.of(
                                key.isEmpty() ? "" : "Authorization: Bearer " + key,
                                header,
                                "Content-Type: " + type,
                                length == 0 ? "" : "Content-Length: " + length)
                        .filter(one -> !one.isEmpty())
                        .toArray(String[]::new));
    }

    private void ask(String method, String path, String header, byte[] body) throws IOException {
        ask(method, path, header, "application/json", body);
    }

    private void ask(String method, String path, String header, String type, byte[] body) throws IOException {
        try (var raw = new Raw(port)) {
            raw.send(head(method, path, hostile, header, type, body.length)).send(body);
            expect(raw.status());
        }
    }

    /** An attack is refused, not a fault of the server. */
    private void expect(int status) {
        if (status == 500) {
            wrong.add("a fault of the server");
        }
    }

    private void together(int count, Action action) throws InterruptedException {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    action.run();
                } catch (IOException e) { // ended by the server
                    Thread.yield();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @FunctionalInterface
    private interface Opening {
        Raw open() throws IOException;
    }

    /** Opens many connections and keeps them for two seconds. */
    private void hold(int count, Opening opening) throws InterruptedException, IOException {
        var open = new ArrayList<Raw>();
        try {
            for (int i = 0; i < count && !stop.get(); i++) {
                open.add(opening.open());
            }
            for (int i = 0; i < 20 && !stop.get(); i++) {
                pause(100);
            }
        } finally {
            open.forEach(Raw::close);
        }
    }
}
