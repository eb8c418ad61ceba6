package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.Actor;
import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditFiles;
import dev.stele.audit.AuditLog;
import dev.stele.audit.AuditOutcome;
import dev.stele.audit.AuditedOperation;
import dev.stele.audit.Surface;
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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that serves one MCP client over standard input and output. */
@Command(
        name = "mcp",
        description = "Serve a memory to an MCP client over standard input and output.",
        mixinStandardHelpOptions = true,
        subcommands = McpConfigCommand.class,
        footer = {"  stele mcp --agent kira", "  stele mcp --tools all", "  stele mcp config claude-code"})
final class McpCommand implements Callable<Integer> {

    /** Maximum number of requests that are handled at once. */
    private static final int MAX_REQUESTS = 64;

    /** Environment variable of the reference memory server that names its file. */
    private static final String REFERENCE_FILE = "MEMORY_FILE_PATH";

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "default";

    @Option(names = "--read-only", description = "Refuse all writes.")
    boolean readOnly;

    @Option(names = "--search-before-write", description = "Refuse a write about a topic that was not searched before.")
    boolean searchFirst;

    @Option(
            names = "--tools",
            paramLabel = "PROFILE",
            description =
                    "Tools that the model sees: agent (the ten that most agents need), memory, graph, files or all; agent by default, all with MEMORY_FILE_PATH.")
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
                var audit = new AuditLog(
                        new AuditFiles(Path.of(settings.text(Setting.DATA)), settings.bytes(Setting.AUDIT_BYTES)));
                McpServer server = McpServers.of(
                        stele,
                        ToolRunner.of(settings.workLimits(), heavy),
                        new TaskLimits(settings.number(Setting.MCP_TASKS), 100, settings.time(Setting.MCP_TASK_TIME)),
                        settings.number(Setting.MCP_GRAPH),
                        audit::add)) {
            AgentMemory memory = stele.agent(agent);
            importReferenceFile(memory, audit);
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
    private void importReferenceFile(AgentMemory memory, AuditLog audit) {
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
            audit.add(AuditEntry.of(
                    Actor.ofProcess(Surface.MCP), AuditedOperation.of("importFile", agent), AuditOutcome.DONE));
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
}
