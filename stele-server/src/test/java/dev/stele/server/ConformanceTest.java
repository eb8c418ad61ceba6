package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.mcp.ConformanceFixture;
import dev.stele.mcp.McpHttp;
import dev.stele.server.support.TestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official conformance suite of the Model Context Protocol, fetched by npm together with the Node that it needs.
 *
 * <p>Scenarios that need no tools of given names run against the server as users have it. All scenarios run against a
 * fixture that offers the tools that the suite expects.
 */
@Tag("proof")
class ConformanceTest {

    private static final String FIXTURE = "/mcp-fixture";
    private static final List<String> STANDARD_SCENARIOS = List.of(
            "server-initialize",
            "ping",
            "logging-set-level",
            "completion-complete",
            "tools-list",
            "resources-list",
            "resources-subscribe",
            "resources-unsubscribe",
            "prompts-list",
            "server-sse-multiple-streams",
            "dns-rebinding-protection");
    private static final Pattern PASSED = Pattern.compile("Passed: (\\d+)/(\\d+), (\\d+) failed");

    @TempDir
    Path data;

    @TempDir
    Path modules;

    @Test
    void everyScenarioOfTheConformanceSuitePasses() throws Exception {
        assumeTrue(run(List.of("npm", "--version"), Duration.ofSeconds(20)).isPresent(), "npm is not installed");
        assumeTrue(
                run(
                                List.of(
                                        "npm",
                                        "install",
                                        "--prefix",
                                        modules.toString(),
                                        "node@22",
                                        "@modelcontextprotocol/conformance@0.1.16"),
                                Duration.ofMinutes(5))
                        .isPresent(),
                "npm reaches no registry");
        Path node;
        try (var found = Files.walk(modules, 5)) {
            node = found.filter(file -> file.endsWith("bin/node") && Files.isExecutable(file))
                    .findFirst()
                    .orElseThrow();
        }
        Map<String, String> outcomes = new TreeMap<>();
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var mcp = new McpHttp(
                        ConformanceFixture.server(),
                        new McpHttp.Limits(100, 100, Duration.ofMinutes(5), Duration.ofMinutes(1), 100),
                        Executors.newCachedThreadPool())) {
            var more = new Router();
            new McpResources(stele, mcp, FIXTURE, new Quota("a", "a", 100, 100), new Quota("b", "b", 100, 100))
                    .addTo(more);
            try (var server = new SteleServer(stele, TestOptions.small().build(), more.routes())) {
                List<String> all = scenarios(node);
                assertThat(all).hasSizeGreaterThan(30);
                for (String scenario : STANDARD_SCENARIOS) {
                    outcomes.put("/mcp " + scenario, scenario(node, server, "/mcp", scenario));
                }
                for (String scenario : all) {
                    outcomes.put(FIXTURE + " " + scenario, scenario(node, server, FIXTURE, scenario));
                }
            }
        }
        outcomes.forEach((scenario, outcome) -> System.out.println(scenario + ": " + outcome));
        assertThat(outcomes).allSatisfy((_, outcome) -> assertThat(outcome).matches("\\d+ passed"));
    }

    private List<String> scenarios(Path node) throws IOException, InterruptedException {
        var names = new ArrayList<String>();
        run(suite(node, "list", "--server"), Duration.ofMinutes(1))
                .orElseThrow()
                .lines()
                .forEach(line -> {
                    String text = line.strip();
                    if (text.startsWith("- ")) {
                        names.add(text.substring(2).split(" ", 2)[0]);
                    }
                });
        return names;
    }

    private String scenario(Path node, SteleServer server, String path, String name)
            throws IOException, InterruptedException {
        String output = run(
                        suite(
                                node,
                                "server",
                                "--url",
                                "http://127.0.0.1:" + server.port() + path + "?tools=all",
                                "--scenario",
                                name),
                        Duration.ofMinutes(2))
                .orElse("it failed");
        Matcher result = PASSED.matcher(output);
        boolean passed =
                result.find() && result.group(3).equals("0") && !result.group(2).equals("0");
        return passed ? result.group(1) + " passed" : output;
    }

    private List<String> suite(Path node, String... arguments) {
        var command = new ArrayList<>(List.of(
                node.toString(),
                modules.resolve("node_modules/@modelcontextprotocol/conformance/dist/index.js")
                        .toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Runs a command to its end and returns its output, whatever its exit code; empty if the command cannot be started.
     */
    private static Optional<String> run(List<String> command, Duration timeout) throws InterruptedException {
        try {
            Path output = Files.createTempFile("conformance", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            Files.delete(output);
            return ended && (process.exitValue() == 0 || !command.getFirst().equals("npm"))
                    ? Optional.of(text)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
