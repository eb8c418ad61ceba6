package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hooks of coding agents as the clients run them: as processes, with and without a server. */
class HookProcessTest {

    private static final Path INTEGRATIONS = Path.of(System.getProperty("stele.root"), "integrations");

    /** Environment variable through which each client tells a hook where its plugin is. */
    private static final Map<String, String> ROOTS =
            Map.of("claude-code", "CLAUDE_PLUGIN_ROOT", "codex", "PLUGIN_ROOT");

    private static final Map<String, String> EVENTS = Map.of(
            "SessionStart", "session-start",
            "UserPromptSubmit", "prompt",
            "PostToolUse", "post-tool",
            "PreCompact", "pre-compact",
            "Stop", "stop");

    @TempDir
    Path data;

    /** Outcome of a process. */
    private record Outcome(int exit, String out, String err) {}

    private static final Outcome SILENCE = new Outcome(0, "", "");

    private Outcome run(List<String> command, String input, String... environment) throws Exception {
        Path in = Files.writeString(data.resolve("input.json"), input);
        Path out = data.resolve("out.txt");
        Path err = data.resolve("err.txt");
        var builder = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        for (int i = 0; i < environment.length; i += 2) {
            builder.environment().put(environment[i], environment[i + 1]);
        }
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static String prompt(String session, String text) {
        return "{\"session_id\":\"" + session
                + "\",\"hook_event_name\":\"UserPromptSubmit\",\"cwd\":\"/x/heron\",\"prompt\":\"" + text + "\"}";
    }

    /** Returns the commands of the plugin of a client by event, as its settings name them. */
    private static Map<String, JsonObject> commands(String client) throws IOException {
        var commands = new java.util.TreeMap<String, JsonObject>();
        JsonObject hooks = Json.readObject(
                        "hooks", Files.readString(INTEGRATIONS.resolve(client + "/hooks/hooks.json")))
                .object("hooks")
                .orElseThrow();
        for (String event : hooks.names()) {
            List<JsonObject> handlers = hooks.objects(event).getFirst().objects("hooks");
            assertThat(handlers).hasSize(1);
            commands.put(event, handlers.getFirst());
        }
        return commands;
    }

    private static void requireCurl() {
        Assumptions.assumeTrue(
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "curl"))),
                "curl is not installed, which the scripts of the plugins need");
    }

    @Test
    void pluginsAreCompleteAndShareOneScript() throws Exception {
        for (String client : ROOTS.keySet()) {
            Path plugin = INTEGRATIONS.resolve(client);
            Path manifest =
                    plugin.resolve(client.equals("codex") ? ".codex-plugin/plugin.json" : ".claude-plugin/plugin.json");
            assertThat(Json.readObject("plugin", Files.readString(manifest)).string("name"))
                    .isEqualTo("stele");
            assertThat(Json.readObject("mcp", Files.readString(plugin.resolve(".mcp.json")))
                            .object("mcpServers"))
                    .isPresent();
            Map<String, JsonObject> commands = commands(client);
            assertThat(commands.keySet()).isEqualTo(EVENTS.keySet());
            commands.forEach((event, command) -> {
                assertThat(command.string("type")).isEqualTo("command");
                assertThat(command.string("command"))
                        .isEqualTo("\"${" + ROOTS.get(client) + "}/hooks/stele-hook\" " + EVENTS.get(event));
            });
            assertThat(plugin.resolve("hooks/stele-hook"))
                    .isExecutable()
                    .hasSameTextualContentAs(INTEGRATIONS.resolve("claude-code/hooks/stele-hook"));
        }
        for (String marketplace : List.of(".claude-plugin/marketplace.json", ".agents/plugins/marketplace.json")) {
            JsonObject entry = Json.readObject("marketplace", Files.readString(INTEGRATIONS.resolve(marketplace)))
                    .objects("plugins")
                    .getFirst();
            String source = entry.raw("source") instanceof String path
                    ? path
                    : entry.object("source").orElseThrow().string("path");
            assertThat(INTEGRATIONS.resolve(source)).isDirectory();
        }
    }

    @Test
    void commandsOfThePluginsRecordAndRecallThroughARunningServer() throws Exception {
        requireCurl();
        try (var server =
                new ServeProcess(data.resolve("memory"), List.of(), List.of("--set", "memory.embedder=none"))) {
            String url = "http://127.0.0.1:" + server.port();
            for (String client : ROOTS.keySet()) {
                Map<String, JsonObject> commands = commands(client);
                String[] environment = {
                    "STELE_URL",
                    url,
                    "STELE_AGENT",
                    client,
                    "STELE_USER",
                    "ana",
                    ROOTS.get(client),
                    INTEGRATIONS.resolve(client).toString()
                };
                String said = "The staging database of heron is called osprey.";
                for (String event : List.of("SessionStart", "UserPromptSubmit", "PostToolUse", "PreCompact", "Stop")) {
                    String input = "{\"session_id\":\"one\",\"hook_event_name\":\"" + event
                            + "\",\"cwd\":\"/x/heron\",\"prompt\":\"" + said
                            + "\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"},\"last_assistant_message\":\"Good.\"}";
                    assertThat(run(List.of("sh", "-c", commands.get(event).string("command")), input, environment))
                            .as("%s %s", client, event)
                            .isEqualTo(SILENCE);
                }
                Outcome recalled = run(
                        List.of("sh", "-c", commands.get("UserPromptSubmit").string("command")),
                        prompt("two", "How is the staging database called?"),
                        environment);
                assertThat(recalled.exit()).isZero();
                assertThat(Json.readObject("output", recalled.out())
                                .object("hookSpecificOutput")
                                .orElseThrow()
                                .string("additionalContext"))
                        .contains(said);
            }
            // The same by the command, whose answer has the same form.
            List<String> command = SecondJvm.command(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                    Start.class,
                    "hook",
                    "prompt",
                    "--agent",
                    "codex",
                    "--user",
                    "ana",
                    "--set",
                    "server.port=" + server.port());
            Outcome recalled =
                    run(command, prompt("three", "How is the staging database called?"), "STELE_DATA", data.toString());
            assertThat(recalled.exit()).isZero();
            assertThat(recalled.out()).contains("UserPromptSubmit", "osprey");
            Path launcher = INTEGRATIONS.resolveSibling("stele");
            Outcome launched = run(
                    List.of(launcher.toString(), "hook", "prompt"),
                    prompt("four", "How is the staging database called?"),
                    "STELE_DATA",
                    data.toString(),
                    "STELE_SERVER_PORT",
                    String.valueOf(server.port()),
                    "STELE_AGENT",
                    "codex",
                    "STELE_USER",
                    "ana");
            assertThat(launched.out()).as("the launcher: %s", launched.err()).contains("UserPromptSubmit", "osprey");
            // Refusals are silent too.
            Path script = INTEGRATIONS.resolve("codex/hooks/stele-hook");
            for (String input : List.of("", "[]", "not json", "{\"prompt\":\"x\"}")) {
                assertThat(run(List.of(script.toString(), "prompt"), input, "STELE_URL", url))
                        .as(input)
                        .isEqualTo(SILENCE);
            }
            assertThat(run(List.of(script.toString(), "no-such-event"), "{}", "STELE_URL", url))
                    .isEqualTo(SILENCE);
            assertThat(run(List.of(script.toString()), "{}", "STELE_URL", url)).isEqualTo(SILENCE);
            assertThat(run(
                            List.of(script.toString(), "prompt"),
                            prompt("s", "x"),
                            "STELE_URL",
                            url,
                            "STELE_AGENT",
                            "a/../b"))
                    .isEqualTo(SILENCE);
        }
    }

    @Test
    void hooksAreSilentWithoutAServerAndNeverBlockThePrompt() throws Exception {
        requireCurl();
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path script = INTEGRATIONS.resolve("claude-code/hooks/stele-hook");
        for (String event : EVENTS.values()) {
            assertThat(run(
                            List.of(script.toString(), event),
                            prompt("s", "x"),
                            "STELE_URL",
                            "http://127.0.0.1:" + port))
                    .isEqualTo(SILENCE);
        }
        List<String> options = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
        String[] environment = {"STELE_DATA", data.toString()};
        assertThat(run(
                        SecondJvm.command(options, Start.class, "hook", "prompt", "--set", "server.port=" + port),
                        prompt("s", "x"),
                        environment))
                .isEqualTo(SILENCE);
        Outcome unknown = run(SecondJvm.command(options, Start.class, "hook", "no-such-event"), "{}", environment);
        assertThat(unknown.exit()).as("2 would block the prompt").isEqualTo(1);
        assertThat(unknown.err()).contains("session-start, prompt, post-tool, pre-compact, stop");
    }

    /** A shell ends with 2 if it cannot write a file, as in an installation of another account. */
    @Test
    void launcherThatCannotWriteItsFilesDoesNotBlockThePrompt() throws Exception {
        Path root = INTEGRATIONS.resolveSibling("stele").getParent();
        Path installed = Files.createDirectories(data.resolve("installed"));
        Path launcher =
                Files.copy(root.resolve("stele"), installed.resolve("stele"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(installed.resolve(".mvn"));
        Files.copy(root.resolve(".mvn/find-jdk.sh"), installed.resolve(".mvn/find-jdk.sh"));
        Files.createDirectories(installed.resolve("stele-bench/target/jdk")); // no file can be written here
        Outcome failed = run(
                List.of(launcher.toString(), "hook", "prompt", "--user", "ana"),
                prompt("s", "x"),
                "STELE_DATA",
                data.toString());
        assertThat(failed.exit()).as(failed.err()).isEqualTo(1);
    }

    /** With the included embedding model and 2,000 messages, 200 prompts one after the other. */
    @Test
    @Tag("proof")
    void injectionTakesFiftyMillisecondsAtMost() throws Exception {
        requireCurl();
        try (var server = new ServeProcess(data.resolve("memory"), List.of(), List.of())) {
            String url = "http://127.0.0.1:" + server.port();
            fill(url, 2_000);
            String script = INTEGRATIONS.resolve("claude-code/hooks/stele-hook").toString();
            var millis = new long[200];
            for (int i = 0; i < millis.length + 20; i++) {
                String input = prompt("s" + i, "How is the staging database of project " + i + " called?");
                long start = System.nanoTime();
                Outcome outcome = run(List.of(script, "prompt"), input, "STELE_URL", url);
                long took = (System.nanoTime() - start) / 1_000_000;
                assertThat(outcome.out()).contains("additionalContext");
                if (i >= 20) {
                    millis[i - 20] = took;
                }
            }
            Arrays.sort(millis);
            System.out.printf(
                    "hook prompt through the script: median %d ms, p95 %d ms, maximum %d ms%n",
                    millis[100], millis[190], millis[199]);
            assertThat(millis[190]).isLessThanOrEqualTo(50);
        }
    }

    private static void fill(String url, int count) throws Exception {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            for (int from = 0; from < count; from += 100) {
                var batch = new ArrayList<String>();
                for (int i = from; i < from + 100; i++) {
                    batch.add("{\"session\":\"old" + i / 20
                            + "\",\"user\":\"ana\",\"content\":\"The staging database of project " + i
                            + " is called bird " + i * 7 + ".\"}");
                }
                var request = java.net.http.HttpRequest.newBuilder(
                                java.net.URI.create(url + "/v1/agents/default/messages"))
                        .header("Content-Type", "application/json")
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString(
                                "[" + String.join(",", batch) + "]", StandardCharsets.UTF_8))
                        .build();
                assertThat(client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(201);
            }
        }
    }
}
