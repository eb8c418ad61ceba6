package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.concurrent.WorkerPool;
import dev.stele.mcp.McpServer;
import dev.stele.mcp.McpServers;
import dev.stele.mcp.SessionOptions;
import dev.stele.mcp.StdioTransport;
import dev.stele.mcp.TaskLimits;
import dev.stele.mcp.ToolProfile;
import dev.stele.mcp.ToolRunner;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.transfer.ImportFormat;
import dev.stele.transfer.ImportOptions;
import dev.stele.transfer.ImportSource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that serves one MCP client over standard input and output. */
@Command(
        name = "mcp",
        description = "Serve a memory to an MCP client over standard input and output.",
        mixinStandardHelpOptions = true,
        subcommands = McpCommand.Config.class)
final class McpCommand implements Callable<Integer> {

    /** Maximum number of requests that are handled at once. */
    private static final int MAX_REQUESTS = 64;

    /** Environment variable of the reference memory server that names its file. */
    private static final String REFERENCE_FILE = "MEMORY_FILE_PATH";

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "default";

    @Option(names = "--read-only", description = "Refuse all writes.")
    boolean readOnly;

    @Option(names = "--search-before-write", description = "Refuse a write about a topic that was not searched before.")
    boolean searchFirst;

    @Option(
            names = "--tools",
            paramLabel = "PROFILE",
            description =
                    "Tools that the model sees: agent (the ten that most agents need), memory, graph or all; agent by default, all with MEMORY_FILE_PATH.")
    @Nullable
    String tools;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var options = new SessionOptions(readOnly, searchFirst, profile());
        // Standard output carries the protocol only, so that everything else that is printed goes to standard error.
        OutputStream protocol = System.out;
        System.setOut(new PrintStream(System.err, true, StandardCharsets.UTF_8));
        if (readOnly) {
            common.set.put(Setting.READ_ONLY.key(), "true");
        }
        Settings settings = common.quietSettings();
        try (Stele stele = SteleOpener.open(settings);
                var heavy = new WorkerPool(
                        "computations",
                        Setting.SERVER_COMPUTE_QUEUE.key(),
                        Runtime.getRuntime().availableProcessors(),
                        settings.number(Setting.SERVER_COMPUTE_QUEUE),
                        false);
                McpServer server = McpServers.of(
                        stele,
                        ToolRunner.of(settings.workLimits(), heavy),
                        new TaskLimits(
                                settings.number(Setting.MCP_TASKS), 100, settings.time(Setting.MCP_TASK_TIME)))) {
            AgentMemory memory = stele.agent(agent);
            importReferenceFile(memory);
            stele.warmUp();
            new StdioTransport(
                            server,
                            protocol,
                            (int) Math.min(Integer.MAX_VALUE, settings.bytes(Setting.SERVER_MAX_BODY)),
                            MAX_REQUESTS)
                    .serve(System.in, memory, options);
        }
        return 0;
    }

    /** Returns the tools of the session: those of the reference memory server, too, if its variable is set. */
    private ToolProfile profile() {
        if (tools != null) {
            return ToolProfile.of(tools);
        }
        String file = System.getenv(REFERENCE_FILE);
        return file == null || file.isBlank() ? ToolProfile.AGENT : ToolProfile.ALL;
    }

    /**
     * Imports the file of the reference memory server if the memory is empty. A file that cannot be imported does not
     * keep the server from starting: the reason is written to standard error, and the next start tries again.
     */
    private void importReferenceFile(AgentMemory memory) {
        String name = System.getenv(REFERENCE_FILE);
        if (name == null || name.isBlank() || readOnly || !isEmpty(memory)) {
            return;
        }
        try {
            Path file = Path.of(name);
            if (!Files.isRegularFile(file) || Files.size(file) == 0) {
                return;
            }
            var report = memory.importFrom(
                    ImportSource.of(file), ImportOptions.DEFAULT.withFormat(ImportFormat.MCP_MEMORY), _ -> {});
            System.err.printf(
                    "Imported %s: %d entities, %d relations; %d bad, %d repaired.%n",
                    file, report.entities(), report.relations(), report.bad(), report.repaired());
            report.problems()
                    .forEach(problem -> System.err.println(file + ":" + problem.line() + ": " + problem.reason()));
        } catch (InvalidInputException | LimitExceededException | StelePersistenceException | InvalidPathException e) {
            System.err.printf("%s names %s, which was not imported: %s%n", REFERENCE_FILE, name, e.getMessage());
        } catch (IOException e) {
            System.err.printf("%s names %s, which cannot be read.%n", REFERENCE_FILE, name);
        }
    }

    private static boolean isEmpty(AgentMemory memory) {
        try {
            return memory.stats().changes() <= 1;
        } catch (NotFoundException e) {
            return true;
        }
    }

    /** Subcommand that prints the entry for the settings of an MCP client. */
    @Command(
            name = "config",
            description =
                    "Print the entry for the settings of a client: claude-desktop, claude-code, cursor, vscode, windsurf, zed or http.",
            mixinStandardHelpOptions = true)
    static final class Config implements Callable<Integer> {

        @Parameters(
                paramLabel = "CLIENT",
                description = "claude-desktop, claude-code, cursor, vscode, windsurf, zed, http.")
        String client = "";

        @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Option(names = "--data", paramLabel = "DIR", description = "Data directory; the default one if omitted.")
        @Nullable
        Path data;

        @Override
        public Integer call() {
            String command = System.getProperty("stele.command", "stele");
            List<String> arguments = new ArrayList<>(List.of("mcp", "--agent", agent));
            // The client does not inherit the environment of this shell, so the data directory is passed as an
            // argument.
            String directory = data == null ? System.getenv(Setting.DATA.variable()) : data.toString();
            if (directory != null && !directory.isBlank()) {
                arguments.addAll(
                        List.of("--data", Path.of(directory).toAbsolutePath().toString()));
            }
            Map<String, Object> server = new LinkedHashMap<>();
            server.put("command", command);
            server.put("args", arguments);
            Map<String, Object> http = Map.of("type", "http", "url", "http://127.0.0.1:7077/mcp?agent=" + agent);
            switch (client) {
                case "claude-desktop" ->
                    show("claude_desktop_config.json", Map.of("mcpServers", Map.of("stele", server)));
                case "cursor" -> show("~/.cursor/mcp.json", Map.of("mcpServers", Map.of("stele", server)));
                case "windsurf" ->
                    show("~/.codeium/windsurf/mcp_config.json", Map.of("mcpServers", Map.of("stele", server)));
                case "vscode" -> {
                    server.put("type", "stdio");
                    show(".vscode/mcp.json", Map.of("servers", Map.of("stele", server)));
                }
                case "zed" -> show("settings.json", Map.of("context_servers", Map.of("stele", server)));
                case "http" -> show("the client's settings", Map.of("mcpServers", Map.of("stele", http)));
                case "claude-code" ->
                    System.out.println("claude mcp add stele -- " + command + " " + String.join(" ", arguments));
                default ->
                    throw new InvalidInputException("The client " + Json.write(client)
                            + " is unknown; use claude-desktop, claude-code, cursor, vscode, windsurf, zed or http.");
            }
            return 0;
        }

        private static void show(String file, Map<String, ?> settings) {
            System.err.println("Add this to " + file + ":");
            System.out.println(McpServers.pretty(settings));
        }
    }
}
