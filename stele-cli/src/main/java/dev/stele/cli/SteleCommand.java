package dev.stele.cli;

import dev.stele.model.SteleException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command. Its subcommands are one class each; what another module offers is added. */
@Command(
        name = "stele",
        description = "Durable, thread-safe, multi-process memory for AI agents.",
        version = "stele 0.1.0",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done, 1 problems found, 2 wrong input, 3 not found, 4 conflict or limit,",
            "5 busy, 6 storage failed, 70 a defect of stele."
        })
public final class SteleCommand {

    private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("serve", ServeCommand::new);
        COMMANDS.put("mcp", McpCommand::new);
        COMMANDS.put("remember", RememberCommand::new);
        COMMANDS.put("recall", RecallCommand::new);
        COMMANDS.put("chat", ChatCommand::new);
        COMMANDS.put("reflect", ReflectCommand::new);
        COMMANDS.put("consolidate", ConsolidateCommand::new);
        COMMANDS.put("insights", InsightsCommand::new);
        COMMANDS.put("documents", DocumentsCommand::new);
        COMMANDS.put("persona", PersonaCommand::new);
        COMMANDS.put("sessions", SessionsCommand::new);
        COMMANDS.put("notes", NotesCommand::new);
        COMMANDS.put("graph", GraphCommand::new);
        COMMANDS.put("user", UserCommand::new);
        COMMANDS.put("import", ImportCommand::new);
        COMMANDS.put("export", ExportCommand::new);
        COMMANDS.put("backup", BackupCommand::new);
        COMMANDS.put("restore", RestoreCommand::new);
        COMMANDS.put("migrate", MigrateCommand::new);
        COMMANDS.put("verify", VerifyCommand::new);
        COMMANDS.put("agents", AgentsCommand::new);
        COMMANDS.put("stats", StatsCommand::new);
        COMMANDS.put("forget", ForgetCommand::new);
        COMMANDS.put("tasks", TasksCommand::new);
        COMMANDS.put("embed", EmbedCommand::new);
        COMMANDS.put("keys", KeysCommand::new);
        COMMANDS.put("config", ConfigCommand::new);
    }

    private SteleCommand() {}

    /** Runs one command and returns its exit code. */
    public static int run(String... arguments) {
        // Reading the annotations of every command takes longer than most of them run.
        boolean one = arguments.length > 0 && COMMANDS.containsKey(arguments[0]);
        return (one ? commandLine(arguments[0]) : commandLine()).execute(arguments);
    }

    /** A parser that knows one command alone. */
    private static CommandLine commandLine(String name) {
        var line = new CommandLine(new SteleCommand());
        Supplier<Object> command = COMMANDS.get(name);
        if (command != null) {
            line.addSubcommand(name, command.get());
        }
        return withErrors(line);
    }

    /** A parser that knows all commands. */
    static CommandLine commandLine() {
        var line = new CommandLine(new SteleCommand());
        COMMANDS.forEach((name, command) -> line.addSubcommand(name, command.get()));
        var completion = new CommandLine(new GenerateCompletion());
        completion
                .getCommandSpec()
                .usageMessage()
                .description("Print a script that completes commands in bash and zsh.");
        line.addSubcommand("completion", completion);
        for (CommandProvider provider :
                ServiceLoader.load(CommandProvider.class, SteleCommand.class.getClassLoader())) {
            line.addSubcommand(provider.name(), provider.command());
        }
        return withErrors(line);
    }

    private static CommandLine withErrors(CommandLine line) {
        line.setExecutionExceptionHandler((failure, at, _) -> {
            return failure instanceof SteleException error ? ExitCodes.told(error) : ExitCodes.defect(failure);
        });
        line.setParameterExceptionHandler((failure, _) -> {
            System.err.println("stele: " + failure.getMessage());
            System.err.println(
                    "See: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return 2;
        });
        return line;
    }
}
