package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.support.WordEmbedder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs all attacks at once against a server with a heap of 512 MB, while sixteen honest clients use it. */
@Timeout(300)
class AttackTest {

    private static final int HONEST_CLIENTS = 16;

    /**
     * Maximum resident memory of the process: heap, arenas of requests and responses, threads, code and two parsers.
     */
    private static final long MAX_RESIDENT_BYTES = 1_200L << 20;

    @TempDir
    Path data;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private int port;

    /** Response times that honest clients measured. */
    private static final class Latencies {
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
    @Tag("proof")
    void honestClientsAreServedDuringAllAttacks() throws Exception {
        // Questions end before the test waits for them, when the attackers have left and when the server stops.
        attack(Duration.ofSeconds(8), "--set=limits.graph-time=3s");
    }

    @Test
    @Tag("proof")
    void honestClientsAreServedInTimeDuringAMinuteOfAllAttacks() throws Exception {
        Result result = attack(Duration.ofSeconds(60));
        assertThat(result.served().millis(0.99)).isLessThanOrEqualTo(250);
        assertThat(result.health().p99()).isLessThanOrEqualTo(50);
    }

    private record Result(Latencies served, HealthProbe.Report health) {}

    private Result attack(Duration time, String... more) throws Exception {
        var keys = new ApiKeys(data);
        String hostile = keys.create("hostile", Scope.WRITE, List.of()).text();
        var honest = new ArrayList<String>();
        for (int i = 0; i < HONEST_CLIENTS; i++) {
            honest.add(keys.create("honest " + i, Scope.WRITE, List.of()).text());
        }
        var served = new Latencies();
        var acknowledged = new AtomicLong();
        long resident = 0;
        HealthProbe.Report health;
        var arguments = new ArrayList<>(List.of(
                "--host=0.0.0.0",
                "--set=limits.document-time=3s",
                "--set=limits.document-memory=96MiB",
                "--set=server.shutdown-timeout=10s",
                "--set=memory.embedder=none"));
        arguments.addAll(List.of(more));
        try (var server = new ServeProcess(data, List.of("-Xmx512m"), arguments)) {
            port = server.port();
            Process attackers = Attackers.start(port, hostile);
            var said = new BufferedReader(new InputStreamReader(attackers.getInputStream(), StandardCharsets.UTF_8));
            // Attackers have the lowest priority: beside the clients they might never be ready.
            assertThat(said.readLine()).isEqualTo("ready");
            Process probe = HealthProbe.start(port);
            for (int i = 0; i < HONEST_CLIENTS; i++) { // opens each agent and warms up the code
                serve(HttpClient.newHttpClient(), honest.get(i), i, new Latencies(), acknowledged);
            }
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < HONEST_CLIENTS; i++) {
                int number = i;
                threads.add(start("honest", () -> {
                    var client = HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .build();
                    while (!stop.get()) {
                        serve(client, honest.get(number), number, served, acknowledged);
                        Attackers.pause(40);
                    }
                }));
            }
            Attackers.pause(5_000); // the first seconds of compilation are not measured
            served.nanos.clear();
            write(attackers);
            write(probe);
            for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() < end; ) {
                Attackers.pause(250);
                resident = Math.max(resident, server.residentBytes());
            }
            write(probe);
            attackers.getOutputStream().close();
            List<String> report = said.lines().toList();
            stop.set(true);
            for (Thread thread : threads) {
                thread.join(60_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
            health = HealthProbe.Report.parse(
                    new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
            System.out.printf(
                    "%s: %d honest requests, p50 %.1f, p99 %.1f, worst %.1f ms; /health p99 %.1f, worst %.1f ms; %d MiB resident; attacks %s%n",
                    time,
                    served.nanos.size(),
                    served.millis(0.5),
                    served.millis(0.99),
                    served.millis(1),
                    health.p99(),
                    health.worst(),
                    resident >> 20,
                    report);
            assertThat(failures).isEmpty();
            assertThat(health.failures()).as("failures of /health").isZero();
            assertThat(report).noneMatch(line -> line.startsWith("wrong")).anyMatch(line -> line.startsWith("done"));
            assertThat(resident).isLessThan(MAX_RESIDENT_BYTES);
            assertServiceRecovered(honest, hostile, acknowledged);
            assertThat(server.log())
                    .noneMatch(line -> line.contains("OutOfMemoryError") || line.contains("StackOverflowError"));
            assertThat(server.terminate(30)).as("the process ends on SIGTERM").isTrue();
        }
        assertNothingLost(acknowledged.get());
        return new Result(served, health);
    }

    /** Checks that every request is served within a second after the last attack. */
    private void assertServiceRecovered(List<String> honest, String hostile, AtomicLong acknowledged) throws Exception {
        Attackers.pause(1_000);
        var client = HttpClient.newHttpClient();
        for (int i = 0; i < HONEST_CLIENTS; i++) {
            serve(client, honest.get(i), i, new Latencies(), acknowledged);
        }
        assertThat(failures).isEmpty();
        assertThat(send(client, hostile, "POST", "/v1/agents/kira/messages", "{\"content\":\"x\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    private void assertNothingLost(long acknowledged) {
        try (var stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()))) {
            long stored = 0;
            for (int i = 0; i < HONEST_CLIENTS; i++) {
                stored += stele.agent("honest" + i).stats().messages();
            }
            assertThat(stored).isEqualTo(acknowledged);
            for (AgentName agent : stele.agents()) {
                assertThat(stele.agent(agent.value()).verify().problems())
                        .as(agent.toString())
                        .isEmpty();
            }
        }
    }

    // ---- honest clients

    private void serve(HttpClient client, String key, int number, Latencies latencies, AtomicLong acknowledged)
            throws IOException, InterruptedException {
        String agent = "/v1/agents/honest" + number;
        long start = System.nanoTime();
        var written =
                send(client, key, "POST", agent + "/messages", "{\"content\":\"I drink tea and live in Lisbon\"}");
        latencies.add(start);
        check(written, 201);
        if (written.statusCode() == 201) {
            acknowledged.incrementAndGet();
        }
        start = System.nanoTime();
        check(send(client, key, "POST", agent + "/recall", "{\"query\":\"tea\"}"), 200);
        latencies.add(start);
        start = System.nanoTime();
        check(send(client, key, "GET", agent + "/sessions/default/messages?limit=5", ""), 200);
        latencies.add(start);
    }

    private static void write(Process process) throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    private void check(HttpResponse<String> answer, int expected) {
        if (answer.statusCode() != expected) {
            failures.add(answer.request().uri().getPath() + " " + answer.statusCode() + " " + answer.body());
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

    private Thread start(String name, ThrowingCallable action) {
        return Thread.ofPlatform().name(name).start(() -> {
            try {
                action.call();
            } catch (Throwable e) {
                failures.add(name + ": " + e);
            }
        });
    }
}
