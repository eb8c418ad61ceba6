package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Parameters;

/** Entries for the settings of MCP clients. */
class McpClientTest {

    private static final List<String> ARGUMENTS = List.of("mcp", "--agent", "kira", "--data", "C:\\my \"data\"");

    @ParameterizedTest
    @EnumSource(McpClient.class)
    void entryIsValidAndHasItsPlace(McpClient client) throws Exception {
        String entry = client.entry("/opt/stele", ARGUMENTS, "http://127.0.0.1:7077/mcp?agent=kira");
        assertThat(McpClient.of(client.label())).isEqualTo(client);
        assertThat(McpConfigCommand.class
                        .getDeclaredField("client")
                        .getAnnotation(Parameters.class)
                        .description()[0])
                .contains(client.label());
        switch (client) {
            case CLAUDE_CODE -> assertThat(entry).startsWith("claude mcp add stele -- /opt/stele mcp");
            case CODEX -> {
                assertThat(entry.lines())
                        .containsExactly(
                                "[mcp_servers.stele]",
                                "command = \"/opt/stele\"",
                                "args = [\"mcp\",\"--agent\",\"kira\",\"--data\",\"C:\\\\my \\\"data\\\"\"]");
                assertThat(client.hint()).contains("~/.codex/config.toml");
            }
            default -> {
                assertThat(Json.write(Json.readObject("entry", entry).raw())).contains("stele");
                assertThat(client.hint()).startsWith("Add this to ");
            }
        }
    }

    /** Arguments that mean something else to a shell, unless they are quoted. */
    private static final List<String> HOSTILE = List.of(
            "my agent",
            "a; echo b",
            "it's",
            "$(echo x)",
            "`echo x`",
            "$HOME",
            "~",
            "*",
            "a\\b",
            "\"",
            "#",
            "!!",
            "",
            "über",
            "a\nb",
            "=&|<>(){}[]?");

    @Test
    void shellPassesTheArgumentsAsTheyAre() throws Exception {
        String entry = McpClient.CLAUDE_CODE.entry("/opt/my programs/stele", HOSTILE, "");
        Process shell = new ProcessBuilder("sh", "-c", "claude() { printf '%s\\0' \"$@\"; }\n" + entry).start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).isZero();
        List<String> expected = Stream.concat(
                        Stream.of("mcp", "add", "stele", "--", "/opt/my programs/stele"), HOSTILE.stream())
                .toList();
        assertThat(printed).isEqualTo(String.join("\0", expected) + "\0");
        assertThat(ShellWords.of(entry + " ").complete().subList(1, expected.size() + 1))
                .isEqualTo(expected);
        assertThat(ShellWords.quoted("/opt/stele")).isEqualTo("/opt/stele");
    }

    @ParameterizedTest
    @EnumSource(McpClient.class)
    void jsonAndTomlKeepTheArguments(McpClient client) {
        if (client == McpClient.CLAUDE_CODE || client == McpClient.HTTP) {
            return;
        }
        List<String> arguments =
                Stream.concat(HOSTILE.stream(), Stream.of("a\u007fb\u0001\tc")).toList();
        String entry = client.entry("C:\\my programs\\stele", arguments, "");
        if (client == McpClient.CODEX) {
            assertThat(entry).doesNotContain("\u007f", "\u0001", "\t");
            // Values of TOML of these two forms are values of JSON.
            List<String> values =
                    entry.lines().skip(1).map(line -> line.split(" = ", 2)[1]).toList();
            assertThat(Json.read(values.get(0))).isEqualTo("C:\\my programs\\stele");
            assertThat(Json.read(values.get(1))).isEqualTo(arguments);
        } else {
            JsonObject server = Json.readObject("entry", entry);
            server = server.object(server.names().iterator().next())
                    .orElseThrow()
                    .object("stele")
                    .orElseThrow();
            assertThat(server.string("command")).isEqualTo("C:\\my programs\\stele");
            assertThat(server.strings("args")).isEqualTo(arguments);
        }
    }

    @Test
    void agentIsCheckedAndEncoded(@TempDir Path directory) throws Exception {
        List<CommandBatch.Outcome> outcomes = CommandBatch.run(
                directory,
                directory.resolve("my data"),
                List.of(
                        List.of("mcp", "config", "http", "--agent", "my agent"),
                        List.of("mcp", "config", "claude-code", "--agent", "my agent"),
                        List.of("mcp", "config", "claude-code", "--agent", "a; rm x"),
                        List.of("mcp", "config", "http", "--data", "x"),
                        List.of("mcp", "--agent", "kira", "config", "http"),
                        List.of("mcp", "--read-only", "config", "http")));
        assertThat(outcomes.get(0).out()).contains("\"http://127.0.0.1:7077/mcp?agent=my%20agent\"");
        assertThat(outcomes.get(1).out())
                .isEqualTo("claude mcp add stele -- stele mcp --agent 'my agent' --data '"
                        + directory.resolve("my data") + "'\n");
        assertThat(outcomes.subList(2, 6)).allSatisfy(outcome -> {
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
            assertThat(outcome.out()).isEmpty();
        });
        assertThat(outcomes.get(2).err()).contains("is not allowed");
        assertThat(outcomes.get(3).err()).contains("--data does not apply to the client http");
        assertThat(outcomes.get(4).err())
                .contains("--agent before \"config\" has no effect; give it behind the command");
        assertThat(outcomes.get(5).err()).contains("--read-only before \"config\" has no effect; leave it out");
    }

    @Test
    void unknownClientIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> McpClient.of("emacs"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gemini-cli")
                .hasMessageContaining("jetbrains");
    }
}
