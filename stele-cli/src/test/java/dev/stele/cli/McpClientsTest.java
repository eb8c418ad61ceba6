package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.graph.McpMemoryGraph;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.SteleServer;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The reference client of the Model Context Protocol in Node, against the reference server and in many processes;
 * fetched by npm.
 */
@Tag("proof")
class McpClientsTest {

    private static final int PROCESSES = 8;
    private static final int AT_ONCE = 16;
    private static final int ROUNDS = 3;

    @TempDir
    Path work;

    private Path modules() throws Exception {
        Path modules = Files.createDirectories(work.resolve("npm"));
        assumeTrue(
                node(
                                        List.of(
                                                "npm",
                                                "install",
                                                "--prefix",
                                                modules.toString(),
                                                "@modelcontextprotocol/sdk@1.32.2",
                                                "@modelcontextprotocol/server-memory@2026.8.31"),
                                        Duration.ofMinutes(5))
                                .status()
                        == 0,
                "npm is not installed, or reaches no registry");
        Files.copy(Path.of("src/test/resources/mcp/clients.mjs"), modules.resolve("clients.mjs"));
        return modules;
    }

    private record ProcessResult(int status, List<String> lines) {}

    private ProcessResult node(List<String> command, Duration timeout) throws IOException, InterruptedException {
        Path output = Files.createTempFile(work, "node", ".txt");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            return new ProcessResult(127, List.of());
        }
        boolean ended = process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly();
        return new ProcessResult(ended ? process.exitValue() : -1, Files.readAllLines(output, StandardCharsets.UTF_8));
    }

    private List<JsonObject> client(Path modules, String mode, Map<String, ?> options) throws Exception {
        ProcessResult ran = node(
                List.of("node", modules.resolve("clients.mjs").toString(), mode, Json.write(options)),
                Duration.ofMinutes(10));
        assertThat(ran.status()).isZero();
        return ran.lines().stream().map(line -> Json.readObject("line", line)).toList();
    }

    private static Map<String, ?> command(String... arguments) {
        List<String> all = SecondJvm.command(
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                Start.class,
                "mcp",
                "--tools",
                "all");
        all.addAll(List.of(arguments));
        return Map.of(
                "command",
                all.getFirst(),
                "args",
                all.subList(1, all.size()),
                "env",
                Map.of("STELE_MEMORY_EMBEDDER", "none"));
    }

    @Test
    void toolCallsReturnTheResultsOfTheReferenceServer() throws Exception {
        Path modules = modules();
        Path data = work.resolve("data");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var server = new SteleServer(stele, TestOptions.small().build())) {
            var stdio = new java.util.HashMap<String, Object>(
                    command("--data", work.resolve("stdio").toString()));
            stdio.put("name", "stdio");
            List<JsonObject> lines = client(
                    modules,
                    "compare",
                    Map.of(
                            "targets",
                            List.of(
                                    Map.of(
                                            "name",
                                            "reference",
                                            "command",
                                            "node",
                                            "args",
                                            List.of(modules.resolve(
                                                            "node_modules/@modelcontextprotocol/server-memory/dist/index.js")
                                                    .toString()),
                                            "env",
                                            Map.of(
                                                    "MEMORY_FILE_PATH",
                                                    work.resolve("reference.jsonl")
                                                            .toString())),
                                    stdio,
                                    Map.of(
                                            "name",
                                            "http",
                                            "url",
                                            "http://127.0.0.1:" + server.port() + "/mcp?tools=all"))));
            assertThat(of(lines, "reference")).hasSizeGreaterThan(25);
            assertThat(of(lines, "stdio")).containsExactlyElementsOf(of(lines, "reference"));
            assertThat(of(lines, "http")).containsExactlyElementsOf(of(lines, "reference"));
        }
    }

    private static List<String> of(List<JsonObject> lines, String target) {
        return lines.stream()
                .filter(line -> line.string("target").equals(target))
                .map(line -> Json.write(line.raw()).replace("\"target\":\"" + target + "\",", ""))
                .toList();
    }

    @Test
    void eightProcessesWithSixteenConcurrentCallsLoseNoWrite() throws Exception {
        Path modules = modules();
        Path data = work.resolve("data");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var server = new SteleServer(stele, TestOptions.small().build());
                var http = new Http(server.port())) {
            var done = new AtomicBoolean();
            var reads = new AtomicInteger();
            stele.agent("default").graph().put(dev.stele.model.EntityDraft.of("thing", "Shared 0"));
            Thread beside = Thread.ofVirtual().start(() -> {
                while (!done.get()) {
                    try {
                        Http.Answer answer = http.get("/v1/agents/default/entities?text=Shared&limit=20");
                        ProcessResult read = node(besideCommand(data), Duration.ofMinutes(1));
                        if (answer.status() != 200 || read.status() != 0) {
                            throw new IllegalStateException(answer.body() + read);
                        }
                        reads.incrementAndGet();
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            List<JsonObject> lines = client(
                    modules,
                    "crowd",
                    Map.of(
                            "processes", PROCESSES,
                            "atOnce", AT_ONCE,
                            "rounds", ROUNDS,
                            "target", command("--data", data.toString())));
            done.set(true);
            beside.join();
            assertThat(reads.get()).isPositive();
            int calls = 3 * PROCESSES * AT_ONCE * ROUNDS;
            List<JsonObject> answers = lines.subList(0, lines.size() - 1);
            assertThat(answers)
                    .hasSize(calls)
                    .allSatisfy(line ->
                            assertThat(line.raw("ok")).as(line.raw().toString()).isEqualTo(true));
            System.out.printf(
                    "%d processes with %d calls at once: %d calls acknowledged in %s ms, %d reads beside%n",
                    PROCESSES, AT_ONCE, calls, lines.getLast().raw("millis"), reads.get());
            Graph graph = stele.agent("default").graph();
            McpMemoryGraph all = graph.read(view -> McpMemoryGraph.read(view, 1_000_000));
            Set<String> names = new HashSet<>();
            all.entities()
                    .forEach(entity -> assertThat(names.add(entity.name()))
                            .as(entity.name())
                            .isTrue());
            assertThat(names).hasSize(PROCESSES * AT_ONCE * ROUNDS + 10);
            Set<String> known = new HashSet<>();
            all.entities()
                    .forEach(entity -> entity.observations().forEach(said -> known.add(entity.name() + ": " + said)));
            all.relations().forEach(relation -> known.add(relation.from() + " -> " + relation.to()));
            for (JsonObject answer : answers) {
                String own = answer.string("own");
                String shared = answer.string("shared");
                assertThat(known).contains(own + ": own of " + own, own + " -> " + shared, shared + ": seen by " + own);
            }
            assertThat(stele.agent("default").verify().problems()).isEmpty();
        }
        // The same run with the reference server, for comparison in the output.
        List<JsonObject> reference = client(
                modules,
                "crowd",
                Map.of(
                        "processes", PROCESSES,
                        "atOnce", AT_ONCE,
                        "rounds", ROUNDS,
                        "target",
                                Map.of(
                                        "command",
                                        "node",
                                        "args",
                                        List.of(modules.resolve(
                                                        "node_modules/@modelcontextprotocol/server-memory/dist/index.js")
                                                .toString()),
                                        "env",
                                        Map.of(
                                                "MEMORY_FILE_PATH",
                                                work.resolve("crowd.jsonl").toString()))));
        long acknowledged = reference.stream()
                .filter(line -> "entity".equals(line.raw("what")) && Boolean.TRUE.equals(line.raw("ok")))
                .count();
        long kept;
        try (var stored = Files.lines(work.resolve("crowd.jsonl"), StandardCharsets.UTF_8)) {
            kept = stored.filter(line -> line.contains("\"own of ")).count();
        }
        System.out.printf(
                "the reference server: %d entities acknowledged, %d kept, %s ms%n",
                acknowledged, kept, reference.getLast().raw("millis"));
    }

    private static List<String> besideCommand(Path data) {
        return SecondJvm.command(
                List.of(), Start.class, "graph", "near", "Shared 0", "--set", "memory.embedder=none", "--data", data);
    }
}
