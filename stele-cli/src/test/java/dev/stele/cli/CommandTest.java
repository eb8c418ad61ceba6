package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.support.SecondJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as its users run it: in a process of its own. */
class CommandTest {

    @TempDir
    Path data;

    private record Result(int code, String out, String err) {
        JsonObject json() {
            return JsonObject.of("output", Json.read(out));
        }

        List<JsonObject> list() {
            return JsonObject.of("output", java.util.Map.of("list", java.util.Objects.requireNonNull(Json.read(out))))
                    .objects("list");
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = SecondJvm.command(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Start.class, (Object[]) arguments);
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("STELE_DATA", data.toString());
        builder.environment().put("STELE_MEMORY_EMBEDDER", "none");
        return builder.start();
    }

    private Result run(String... arguments) throws Exception {
        Process process = start(arguments);
        process.getOutputStream().close();
        var err = new ByteArrayOutputStream();
        Thread drain = Thread.ofVirtual().start(() -> {
            try {
                process.getErrorStream().transferTo(err);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        drain.join();
        return new Result(process.exitValue(), out, err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void commandsOfTheMemoryToolRunOnTheCommandLine() throws Exception {
        String create = "{\"command\":\"create\",\"path\":\"/memories/a.md\",\"file_text\":\"100% @|red rye|@\"}";
        Result created = run("memory-tool", "--agent", "demo", "--user", "ana", create);
        assertThat(created.out()).isEqualTo("File created successfully at: /memories/a.md" + System.lineSeparator());
        Result repeated = run("memory-tool", "--agent", "demo", "--user", "ana", "--json", create);
        assertThat(repeated.code()).isEqualTo(1);
        assertThat(repeated.json().string("content")).isEqualTo("Error: File /memories/a.md already exists");
    }

    @Test
    void notesAreListedShownAndChanged() throws Exception {
        String id = run(
                        "remember",
                        "--agent",
                        "demo",
                        "--category",
                        "fact",
                        "--user",
                        "ana",
                        "ana keeps bees",
                        "--json")
                .json()
                .string("id");
        run("remember", "--agent", "demo", "--category", "preference", "--tag", "review", "ben likes 100% rye {dark}");

        assertThat(run("notes", "--agent", "demo", "--user", "ana").out())
                .contains(id)
                .contains("ana keeps bees")
                .doesNotContain("rye");
        assertThat(run("notes", "--agent", "demo", "--tag", "review").out()).contains("ben likes 100% rye {dark}");
        assertThat(run("notes", "--agent", "demo", "--source", "user").out()).doesNotContain("bees");
        JsonObject first =
                run("notes", "--agent", "demo", "--limit", "1", "--json").json();
        assertThat(first.objects("items")).hasSize(1);
        assertThat(run("notes", "--agent", "demo", "--after", first.string("next"))
                        .out())
                .contains("ana keeps bees");

        assertThat(run(
                                "notes",
                                "--agent",
                                "demo",
                                id,
                                "--patch",
                                "{\"pinned\":true,\"content\":\"ana keeps ten hives\"}")
                        .out())
                .contains("(pinned) fact")
                .contains("version 2");
        assertThat(run("notes", "--agent", "demo", "--pinned").out()).contains("(pinned) ana keeps ten hives");
        assertThat(run("notes", "--agent", "demo", id, "--history").out())
                .contains("ana keeps bees")
                .contains("ana keeps ten hives");

        assertThat(run("notes", "--agent", "demo", "nobody").code()).isEqualTo(3);
        assertThat(run("notes", "--agent", "demo", "--history").code()).isEqualTo(2);
        assertThat(run("notes", "--agent", "demo", id, "--patch", "{\"colour\":1}")
                        .err())
                .contains("colour");
    }

    @Test
    void importRecallBackupRestoreAndErasureWorkOnTheCommandLine() throws Exception {
        Path chat = data.resolve("chat.jsonl");
        Files.writeString(chat, """
                {"role":"user","content":"I moved to Lisbon","user":"ana","timestamp":"2026-05-08T10:00:00Z"}
                {"role":"assistant","content":"How is the weather?"}
                broken
                """);
        Result imported = run("import", "--agent", "demo", chat.toString());
        assertThat(imported.code()).isEqualTo(1);
        assertThat(imported.out()).contains("2 messages").contains("1 bad");
        assertThat(imported.err()).contains("chat.jsonl:3:");

        assertThat(run("remember", "--agent", "demo", "--user", "ana", "Lisbon", "is", "sunny", "--json")
                        .json()
                        .string("content"))
                .isEqualTo("Lisbon is sunny");
        Result recalled = run("recall", "--agent", "demo", "who moved to Lisbon?");
        assertThat(recalled.code()).isZero();
        assertThat(recalled.out()).contains("I moved to Lisbon");
        assertThat(recalled.err()).contains("no embedding model");
        assertThat(run("recall", "--agent", "demo", "--json", "Lisbon").json().objects("hits"))
                .hasSizeGreaterThan(1);
        assertThat(run("sessions", "--agent", "demo").out()).contains("default").contains("ana");
        assertThat(run("user", "--agent", "demo", "ana", "--patch", "{\"trust\":0.9}")
                        .out())
                .contains("stranger");
        assertThat(run("stats", "--json").list().getFirst().optionalLong("messages"))
                .contains(3L);

        Path backup = data.resolve("demo.stele");
        Path export = data.resolve("demo.jsonl");
        assertThat(run("backup", "--agent", "demo", backup.toString()).code()).isZero();
        assertThat(run("export", "--agent", "demo", export.toString()).out()).contains("lines");
        assertThat(run("export", "--agent", "demo", data + "/absent/kira.jsonl").err())
                .startsWith("stele: There is no directory");
        assertThat(run("forget", "--agent", "demo", "--everything").code()).isEqualTo(2);
        assertThat(run("forget", "--agent", "demo", "--everything", "--yes").code())
                .isZero();
        assertThat(run("agents", "--json").out().strip()).isEqualTo("[]");
        assertThat(run("restore", backup.toString()).out()).contains("demo");
        assertThat(run("import", "--agent", "copy", export.toString()).code()).isZero();
        assertThat(run("agents", "--json").out().strip()).isEqualTo("[\"copy\",\"demo\"]");
        assertThat(run("verify").out()).contains("clean").doesNotContain("damaged");
        assertThat(run("forget", "--agent", "copy", "--user", "ana", "--yes").out())
                .contains("3 messages");

        // A damaged agent is named and does not hide the others.
        Files.delete(data.resolve("agents/copy/memory.db"));
        Result verified = run("verify");
        assertThat(verified.code()).isEqualTo(1);
        assertThat(verified.out()).contains("damaged  copy", "memory.db is missing", "clean  demo");
        assertThat(run("agents", "--json").out().strip()).isEqualTo("[\"copy\",\"demo\"]");
    }

    @Test
    void notesOfAUserAreConsolidatedAndInsightsPrinted() throws Exception {
        Path file = data.resolve("notes.jsonl");
        assertThat(run("chat", "--user", "ana", "I live in Lisbon.").code()).isZero();
        assertThat(run("chat", "--user", "ana", "I moved to Porto.").code()).isZero();
        assertThat(run("reflect").code()).isZero();
        assertThat(run("insights", "ana").out())
                .contains("Lisbon")
                .contains("Porto")
                .contains("->");
        assertThat(run("insights", "ana", "--all", "--json").json().strings("gaps"))
                .isEmpty();
        assertThat(run("insights", "ana", "--topic", "tides").out()).contains("unknown");
        Files.writeString(file, "The tide follows the moon.");
        assertThat(run("documents", "add", "sea", file.toString()).code()).isZero();
        assertThat(run("insights", "ana", "--primer", "sea").code()).isEqualTo(2);
        assertThat(run("consolidate", "ana").out()).contains("nothing to do");
        assertThat(run("consolidate", "ana", "--apply").code()).isZero();
        assertThat(run("consolidate", "ana", "--list", "--json").list()).isEmpty();
        assertThat(run("consolidate", "--undo", "nothing").code()).isEqualTo(3);
    }

    @Test
    void errorsAreReportedInOneLineWithAnExitCode() throws Exception {
        Result nobody = run("recall", "--agent", "nobody", "x");
        assertThat(nobody.code()).isEqualTo(3);
        assertThat(nobody.err()).contains("nobody").doesNotContain("\tat ");
        assertThat(run("recall", "--mode", "best", "x").err()).contains("hybrid");
        assertThat(run("frobnicate").code()).isEqualTo(2);
        Result setting = run("agents", "--set", "limits.result=5");
        assertThat(setting.code()).isEqualTo(2);
        assertThat(setting.err()).contains("limits.results");
        assertThat(run("import", "absent.json").err()).contains("absent.json");
        assertThat(run("graph", "show", "x", "--as-of", "y").err()).startsWith("stele: --as-of is \"y\"");
        assertThat(run("documents", "add", "c", "absent.pdf").err()).startsWith("stele: There is no file absent.pdf");
        assertThat(run("config", "--config", "absent.yaml").err())
                .startsWith("stele: There is no settings file absent.yaml");
        assertThat(run("serve", "--host", "0.0.0.0", "--port", "0").err()).contains("keys create");
        assertThat(run("config").out()).contains("limits.open-agents = 256 (the default)");
        assertThat(run("--help").out()).contains("remember").contains("Exit codes");
        assertThat(run("completion").out()).contains("complete");
    }

    @Test
    void terminatedServerCompletesAcceptedWrites() throws Exception {
        Process server = start("serve", "--port", "0");
        try (var errors = server.errorReader(StandardCharsets.UTF_8)) {
            String line = errors.readLine();
            var port = Pattern.compile("127\\.0\\.0\\.1:(\\d+)").matcher(line);
            assertThat(port.find()).as(line).isTrue();
            Set<String> acknowledged = ConcurrentHashMap.newKeySet();
            URI messages = URI.create("http://127.0.0.1:" + port.group(1) + "/v1/agents/kira/messages");
            var writers = new ArrayList<Thread>();
            try (var client = HttpClient.newHttpClient()) {
                for (int i = 0; i < 8; i++) {
                    String writer = "w" + i;
                    writers.add(Thread.ofVirtual().start(() -> {
                        try {
                            for (int n = 0; ; n++) {
                                String id = writer + "-" + n;
                                var response = client.send(
                                        HttpRequest.newBuilder(messages)
                                                .header("Content-Type", "application/json")
                                                .POST(HttpRequest.BodyPublishers.ofString(
                                                        "{\"id\":\"" + id + "\",\"content\":\"hello\"}"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString());
                                if (response.statusCode() != 201) {
                                    return;
                                }
                                acknowledged.add(id);
                            }
                        } catch (IOException | InterruptedException e) {
                            Thread.currentThread().interrupt(); // the server is gone, as it should be
                        }
                    }));
                }
                Awaitility.await().until(() -> acknowledged.size() > 200);
                server.destroy(); // SIGTERM
                assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
                for (Thread writer : writers) {
                    writer.join();
                }
            }
            try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
                var memory = stele.agent("kira");
                assertThat(new HashSet<>(acknowledged))
                        .allSatisfy(id -> assertThat(memory.message(id)).isPresent());
                assertThat(memory.verify().problems()).isEmpty();
            }
        } finally {
            server.destroyForcibly();
        }
    }
}
