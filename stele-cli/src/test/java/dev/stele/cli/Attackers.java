package dev.stele.cli;

import dev.stele.model.Json;
import dev.stele.server.support.HostileDocuments;
import dev.stele.server.support.McpMessages;
import dev.stele.server.support.RawHttpClient;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Process that runs all known attacks against a server until its standard input ends. It has the lowest processor
 * priority, because real attackers use their own machines and must not take processors from the server in the test.
 */
final class Attackers {

    private final AtomicBoolean stop = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> done = new ConcurrentHashMap<>();
    /** Connections that wait for an answer. */
    private final Set<RawHttpClient> asking = ConcurrentHashMap.newKeySet();

    private final List<HostileDocuments.Sample> documents = HostileDocuments.all();
    private final int port;
    private final String hostile;

    private Attackers(int port, String hostile) {
        this.port = port;
        this.hostile = hostile;
    }

    /**
     * Reports on standard output when it is ready. Attacks from the first byte of standard input until its end, and
     * then writes the failures and how often each attack ran.
     *
     * @param arguments port of the server and an API key
     */
    public static void main(String[] arguments) throws Exception {
        new Attackers(Integer.parseInt(arguments[0]), arguments[1]).run();
    }

    /** Starts the process. */
    static Process start(int port, String key) throws IOException {
        List<String> command = SecondJvm.command(
                List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Attackers.class, port, key);
        command.addAll(0, List.of("nice", "-n", "19"));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void run() throws Exception {
        var threads = new ArrayList<Thread>();
        Map<String, Action> attacks = attacks();
        System.out.println("ready");
        if (System.in.read() < 0) {
            return; // the test has failed already
        }
        attacks.forEach((name, action) ->
                threads.add(Thread.ofPlatform().name(name).start(() -> {
                    try {
                        while (!stop.get()) {
                            try {
                                action.run();
                            } catch (IOException e) { // the server may close connections of attackers
                                pause(1);
                            }
                            done.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet();
                        }
                    } catch (Exception e) {
                        failures.add(name + ": " + e);
                    }
                })));
        System.in.readAllBytes();
        stop.set(true);
        long end = System.nanoTime() + 60_000_000_000L;
        while (!done.keySet().containsAll(attacks.keySet()) && System.nanoTime() < end) {
            pause(50);
        }
        // Each attack ran at least once. Those that still wait for a response are ended without it.
        while (threads.stream().anyMatch(Thread::isAlive) && System.nanoTime() < end) {
            asking.forEach(RawHttpClient::close);
            pause(50);
        }
        for (Thread thread : threads) {
            if (thread.isAlive()) {
                failures.add(thread.getName() + " does not end");
            }
        }
        attacks.keySet().stream().filter(name -> !done.containsKey(name)).forEach(name -> failures.add("no " + name));
        failures.forEach(failure -> System.out.println("wrong " + failure));
        System.out.println("done " + done);
        System.exit(0);
    }

    static void pause(long millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    private Map<String, Action> attacks() {
        byte[] whole =
                RawHttpClient.gzip(("{\"content\":\"" + "tea ".repeat(2_000) + "\"}").getBytes(StandardCharsets.UTF_8));
        byte[] bomb = RawHttpClient.gzip("{\"content\":\"", 'x', 100_000_000, "\"}");
        byte[] line = RawHttpClient.gzip("{\"role\":\"user\",\"content\":\"", 'x', 300_000_000, "\"}\n");
        return Map.ofEntries(
                Map.entry("truncated gzip", () -> {
                    for (int length : new int[] {1, 10, 20, whole.length / 2}) {
                        try (var raw = new RawHttpClient(port)) {
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
                        () -> concurrently(6, () -> query("RETURN '" + "x".repeat(5_000) + "' =~ '(x+x+)+y' AS a"))),
                Map.entry(
                        "products",
                        () -> concurrently(
                                6,
                                () -> query("UNWIND range(1,100000000) AS x WITH x WHERE x%2=0 RETURN count(x) AS n"))),
                Map.entry("names of a megabyte", () -> {
                    ask(
                            "POST",
                            "/mcp?agent=kira&tools=all",
                            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: neighbors",
                            call("neighbors", Map.of("entity", "x".repeat(1_000_000))));
                    ask(
                            "POST",
                            "/v1/agents/kira/entities/Ana/merge",
                            "",
                            Json.write(Map.of("with", "y z ".repeat(17_500))).getBytes(StandardCharsets.UTF_8));
                }),
                Map.entry("HEAD of feeds", () -> {
                    for (int i = 0; i < 20; i++) {
                        try (var raw = new RawHttpClient(port)) {
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
                                () -> new RawHttpClient(port)
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
                                () -> new RawHttpClient(port)
                                        .send(head("GET", "/v1/agents/honest0/export", hostile, "", 0)))),
                Map.entry(
                        "slow bodies",
                        () -> hold(
                                300,
                                () -> new RawHttpClient(port)
                                        .send(head("POST", "/v1/agents/slow/messages", hostile, "", 5_000_000))
                                        .send("{"))),
                Map.entry("silent connections", () -> hold(300, () -> new RawHttpClient(port).send("GET /v1/ag"))),
                Map.entry("sessions", () -> {
                    for (int i = 0; i < 300 && !stop.get(); i++) {
                        ask(
                                "POST",
                                "/mcp?agent=kira&tools=all",
                                "",
                                McpMessages.INITIALIZE.getBytes(StandardCharsets.UTF_8));
                        pause(2);
                    }
                }),
                Map.entry("batches", () -> {
                    ask(
                            "POST",
                            "/mcp?agent=kira&tools=all",
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
                                () -> new RawHttpClient(port)
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
                        try (var raw = new RawHttpClient(port)) {
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
        return McpMessages.call(tool, arguments).getBytes(StandardCharsets.UTF_8);
    }

    private static String head(String method, String path, String key, String header, int length) {
        return head(method, path, key, header, "application/json", length);
    }

    private static String head(String method, String path, String key, String header, String type, int length) {
        return RawHttpClient.head(
                method,
                path,
                Stream.of(
                                key.isEmpty() ? "" : "Authorization: Bearer " + key,
                                header,
                                "Content-Type: " + type,
                                length == 0 ? "" : "Content-Length: " + length)
                        .filter(part -> !part.isEmpty())
                        .toArray(String[]::new));
    }

    private void ask(String method, String path, String header, byte[] body) throws IOException {
        ask(method, path, header, "application/json", body);
    }

    private void ask(String method, String path, String header, String type, byte[] body) throws IOException {
        try (var raw = new RawHttpClient(port)) {
            asking.add(raw);
            raw.send(head(method, path, hostile, header, type, body.length)).send(body);
            expect(raw.status());
            asking.remove(raw);
        }
    }

    /** Checks that the server refused an attack and did not fail. */
    private void expect(int status) {
        if (status == 500) {
            failures.add("internal server error");
        }
    }

    private void concurrently(int count, Action action) throws InterruptedException {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    action.run();
                } catch (IOException e) { // closed by the server
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
    private interface ConnectionSource {
        RawHttpClient open() throws IOException;
    }

    /** Opens many connections and holds them for two seconds. */
    private void hold(int count, ConnectionSource source) throws InterruptedException, IOException {
        var open = new ArrayList<RawHttpClient>();
        try {
            for (int i = 0; i < count && !stop.get(); i++) {
                open.add(source.open());
            }
            for (int i = 0; i < 20 && !stop.get(); i++) {
                pause(100);
            }
        } finally {
            open.forEach(RawHttpClient::close);
        }
    }
}
