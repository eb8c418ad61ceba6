package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.mcp.ConformanceFixture;
import dev.stele.mcp.McpHttp;
import dev.stele.mcp.ToolProfile;
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
    private static final String STATELESS = "2026-07-28";
    private static final List<String> STATELESS_STANDARD_SCENARIOS = List.of(
            "completion-complete",
            "tools-list",
            "server-sse-multiple-streams",
            "resources-list",
            "sep-2164-resource-not-found",
            "prompts-list",
            "dns-rebinding-protection",
            "caching",
            "http-header-validation");
    private static final Pattern OUTCOME =
            Pattern.compile("[✓✗] ([\\w-]+): (\\d+) passed, (\\d+) failed(, [1-9]\\d* warnings?)?");
    private static final Pattern PASSED = Pattern.compile("Passed: (\\d+)/(\\d+), (\\d+) failed");

    @TempDir
    Path data;

    @TempDir
    Path modules;

    /** Installs a version of the suite with the Node that it needs, and returns the path of Node. */
    private Path install(String version) throws IOException, InterruptedException {
        assumeTrue(run(List.of("npm", "--version"), Duration.ofSeconds(20)).isPresent(), "npm is not installed");
        assumeTrue(
                run(
                                List.of(
                                        "npm",
                                        "install",
                                        "--prefix",
                                        modules.toString(),
                                        "node@22",
                                        "@modelcontextprotocol/conformance@" + version),
                                Duration.ofMinutes(5))
                        .isPresent(),
                "npm reaches no registry");
        try (var found = Files.walk(modules, 5)) {
            return found.filter(file -> file.endsWith("bin/node") && Files.isExecutable(file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Runs work against a server that has the fixture beside its own MCP endpoint. */
    private void withServer(Work work) throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var threads = Executors.newCachedThreadPool();
                var mcp = new McpHttp(
                        ConformanceFixture.server(),
                        new McpHttp.Limits(100, 100, Duration.ofMinutes(5), Duration.ofMinutes(1), 100),
                        threads)) {
            var more = new Router();
            new McpResources(
                            stele,
                            mcp,
                            FIXTURE,
                            ToolProfile.ALL,
                            new Quota("a", "a", 100, 100),
                            new Quota("b", "b", 100, 100))
                    .addTo(more);
            try (var server = new SteleServer(stele, TestOptions.small().build(), more.routes())) {
                work.run(server);
            }
        }
    }

    private interface Work {
        void run(SteleServer server) throws Exception;
    }

    @Test
    void everyScenarioOfTheRevisionsWithSessionsPasses() throws Exception {
        Path node = install("0.1.16");
        Map<String, String> outcomes = new TreeMap<>();
        withServer(server -> {
            List<String> all = scenarios(node);
            assertThat(all).hasSizeGreaterThan(30);
            for (String scenario : STANDARD_SCENARIOS) {
                outcomes.put("/mcp " + scenario, scenario(node, server, "/mcp", scenario));
            }
            for (String scenario : all) {
                outcomes.put(FIXTURE + " " + scenario, scenario(node, server, FIXTURE, scenario));
            }
        });
        print(outcomes);
        assertThat(outcomes).allSatisfy((_, outcome) -> assertThat(outcome).matches("\\d+ passed"));
    }

    @Test
    void everyScenarioOfTheStatelessRevisionPasses() throws Exception {
        Path node = install("0.2.0-alpha.12");
        Map<String, String> outcomes = new TreeMap<>();
        var output = new StringBuilder();
        withServer(server -> {
            for (String scenario : STATELESS_STANDARD_SCENARIOS) {
                outcomes.put("/mcp " + scenario, scenario(node, server, "/mcp", scenario, "--spec-version", STATELESS));
            }
            required(node, server, output)
                    .forEach((scenario, outcome) -> outcomes.put(FIXTURE + " " + scenario, outcome));
        });
        print(outcomes);
        assertThat(outcomes).as(output.toString()).hasSizeGreaterThanOrEqualTo(50);
        assertThat(outcomes)
                .as(output.toString())
                .allSatisfy((scenario, outcome) -> assertThat(outcome)
                        .matches(scenario.endsWith(" tasks-status-notifications") ? "0 passed" : "[1-9]\\d* passed"));
    }

    private static void print(Map<String, String> outcomes) {
        outcomes.forEach((scenario, outcome) -> System.out.println(scenario + ": " + outcome));
    }

    /** Runs all scenarios that the stateless revision requires, and its extensions, and returns the outcome of each. */
    private Map<String, String> required(Path node, SteleServer server, StringBuilder output)
            throws IOException, InterruptedException {
        String text = run(
                        suite(node, "server", "--url", url(server, FIXTURE), "--requirements", STATELESS),
                        Duration.ofMinutes(5))
                .orElse("it failed");
        output.append(text);
        var outcomes = new TreeMap<String, String>();
        Matcher results = OUTCOME.matcher(text);
        while (results.find()) {
            boolean passed = results.group(3).equals("0") && results.group(4) == null;
            outcomes.put(results.group(1), passed ? results.group(2) + " passed" : results.group());
        }
        return outcomes;
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

    private static String url(SteleServer server, String path) {
        return "http://127.0.0.1:" + server.port() + path + "?tools=all";
    }

    private String scenario(Path node, SteleServer server, String path, String name, String... options)
            throws IOException, InterruptedException {
        var arguments = new ArrayList<>(List.of("server", "--url", url(server, path), "--scenario", name));
        arguments.addAll(List.of(options));
        String output = run(suite(node, arguments.toArray(String[]::new)), Duration.ofMinutes(2))
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
