package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
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

    @Test
    void unknownClientIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> McpClient.of("emacs"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gemini-cli")
                .hasMessageContaining("jetbrains");
    }
}
