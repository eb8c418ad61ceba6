package dev.stele.cli;

import dev.stele.cli.config.Setting;
import dev.stele.io.PercentEncoding;
import dev.stele.model.AgentName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that prints the entry for the settings of an MCP client. */
@Command(
        name = "config",
        description = "Print the entry for the settings of a client, and where it belongs.",
        mixinStandardHelpOptions = true,
        footer = {"  stele mcp config claude-desktop --agent kira"})
final class McpConfigCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "CLIENT",
            description =
                    "claude-desktop, claude-code, codex, cursor, gemini-cli, jetbrains, vscode, windsurf, zed or http.")
    String client = "";

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--data", paramLabel = "DIR", description = "Data directory; the default one if omitted.")
    @Nullable
    String data;

    @Override
    public Integer call() {
        McpClient target = McpClient.of(client);
        String name = new AgentName(agent).value();
        if (target == McpClient.HTTP) {
            OptionValues.refuse(
                    "to the client http, whose server has the data directory", OptionValues.given("--data", data));
        }
        List<String> arguments = new ArrayList<>(List.of("mcp", "--agent", name));
        // The client does not inherit the environment of this shell, so the data directory is passed as an argument.
        String directory = data == null ? System.getenv(Setting.DATA.variable()) : data;
        if (directory != null && !directory.isBlank()) {
            arguments.addAll(
                    List.of("--data", Path.of(directory).toAbsolutePath().toString()));
        }
        System.err.println(target.hint());
        new Output(false)
                .line(
                        "%s",
                        target.entry(
                                System.getProperty("stele.command", "stele"),
                                arguments,
                                "http://127.0.0.1:7077/mcp?agent=" + PercentEncoding.of(name)));
        return 0;
    }
}
