package dev.stele.cli;

import dev.stele.model.SteleException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Top-level command {@code stele}, which parses arguments and runs a subcommand. Each subcommand is a class; other
 * modules add theirs through {@link CommandProvider}. Stateless.
 */
@Command(
        name = "stele",
        description = "Durable, thread-safe, multi-process memory for AI agents.",
        version = "stele 0.1.0",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 success, 1 problems found, 2 invalid input, 3 not found, 4 conflict or limit,",
            "5 busy, 6 storage failure, 70 defect of stele."
        })
public final class SteleCommand {

    private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("serve", ServeCommand::new);
        COMMANDS.put("mcp", McpCommand::new);
        COMMANDS.put("hook", HookCommand::new);
        COMMANDS.put("memory-tool", MemoryToolCommand::new);
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

    /**
     * Runs one command. Prints results to standard output and errors to standard error.
     *
     * @param arguments arguments of the command parser
     * @return the exit code; see {@code stele --help}
     */
    public static int run(String... arguments) {
        // Only the given subcommand is registered, because reading the annotations of all takes longer than most run.
        boolean isKnown = arguments.length > 0 && COMMANDS.containsKey(arguments[0]);
        return (isKnown ? commandLine(arguments[0]) : commandLine()).execute(arguments);
    }

    /** Returns a parser of one subcommand. */
    private static CommandLine commandLine(String name) {
        var parser = new CommandLine(new SteleCommand());
        Supplier<Object> command = COMMANDS.get(name);
        if (command != null) {
            parser.addSubcommand(name, command.get());
        }
        return withErrorHandlers(parser);
    }

    /** Returns a parser of all subcommands. */
    static CommandLine commandLine() {
        var parser = new CommandLine(new SteleCommand());
        COMMANDS.forEach((name, command) -> parser.addSubcommand(name, command.get()));
        var completion = new CommandLine(new GenerateCompletion());
        completion
                .getCommandSpec()
                .usageMessage()
                .description("Print a script that completes commands in bash and zsh.");
        parser.addSubcommand("completion", completion);
        for (CommandProvider provider :
                ServiceLoader.load(CommandProvider.class, SteleCommand.class.getClassLoader())) {
            parser.addSubcommand(provider.name(), provider.command());
        }
        return withErrorHandlers(parser);
    }

    private static CommandLine withErrorHandlers(CommandLine parser) {
        UsageErrors.registerConverters(parser);
        parser.setExecutionExceptionHandler((failure, _, _) -> {
            return failure instanceof SteleException error ? ExitCodes.report(error) : ExitCodes.reportDefect(failure);
        });
        parser.setParameterExceptionHandler((failure, _) -> {
            System.err.println("stele: " + UsageErrors.message(failure));
            System.err.println(
                    "See: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return 2;
        });
        return parser;
    }
}
