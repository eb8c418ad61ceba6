package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.support.SecondJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code stele mcp} as a client starts it: a process of its own. */
class McpCommandTest {

    private static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n";

    @TempDir
    Path data;

    private Process start(String... arguments) throws IOException {
        List<String> command = SecondJvm.command(
                List.of(), Start.class, "mcp", "--data", data.resolve("stele"), "--set", "memory.embedder=none");
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment()
                .put("MEMORY_FILE_PATH", data.resolve("memory.jsonl").toString());
        return builder.start();
    }

    @Test
    void mcpServesTheReferenceServerFileOnCleanStandardOutput() throws Exception {
        Files.writeString(
                data.resolve("memory.jsonl"),
                "{\"type\":\"entity\",\"name\":\"Ana\",\"entityType\":\"person\",\"observations\":[\"likes tea\"]}");
        Process process = start("--agent", "kira");
        try (var answers =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            process.getOutputStream().write(INITIALIZE.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            assertThat(Json.readObject("answer", answers.readLine()).map("result"))
                    .containsEntry("protocolVersion", "2025-11-25");
            process.getOutputStream()
                    .write(
                            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"search_nodes\",\"arguments\":{\"query\":\"TEA\"}}}\n"
                                    .getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            assertThat(answers.readLine()).contains("Ana");
            assertThat(answers.readLine()).isNull();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        try (Stele stele = Stele.open(SteleConfig.at(data.resolve("stele")), Optional.empty())) {
            assertThat(stele.agent("kira").graph().size().entities()).isEqualTo(1);
        }
    }

    @Test
    void badByteInTheReferenceServerFileCostsOneCharacter() throws Exception {
        byte[] file =
                "{\"type\":\"entity\",\"name\":\"Ana\",\"entityType\":\"person\",\"observations\":[\"likes tXa\"]}\n{\n"
                        .getBytes(StandardCharsets.UTF_8);
        file[new String(file, StandardCharsets.UTF_8).indexOf('X')] = (byte) 0xe9;
        Files.write(data.resolve("memory.jsonl"), file);
        Process process = start("--agent", "kira");
        try (var answers =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            process.getOutputStream().write(INITIALIZE.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            assertThat(answers.readLine()).contains("protocolVersion");
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        try (Stele stele = Stele.open(SteleConfig.at(data.resolve("stele")), Optional.empty())) {
            assertThat(stele.agent("kira").graph().get("Ana").observations())
                    .singleElement()
                    .satisfies(observation -> assertThat(observation.content()).isEqualTo("likes t\ufffda"));
        }
    }

    @Test
    void simpleCommandsBypassTheArgumentParser() {
        assertThat(Start.parseSimple("mcp", "--agent", "a", "--read-only", "--data=x", "--set", "limits.results=5"))
                .isInstanceOfSatisfying(McpCommand.class, command -> {
                    assertThat(command.agent).isEqualTo("a");
                    assertThat(command.readOnly).isTrue();
                    assertThat(command.common.data).isEqualTo("x");
                    assertThat(command.common.set).isEqualTo(Map.of("limits.results", "5"));
                });
        assertThat(Start.parseSimple("serve", "--port", "0")).isInstanceOf(ServeCommand.class);
        assertThat(Start.parseSimple("mcp", "--help")).isNull();
        assertThat(Start.parseSimple("mcp", "config", "cursor")).isNull();
        assertThat(Start.parseSimple("mcp", "--agent")).isNull();
        assertThat(Start.parseSimple("mcp", "--agnet", "a")).isNull();
        assertThat(Start.parseSimple()).isNull();
    }
}
