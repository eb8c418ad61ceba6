package dev.stele.cli;

import dev.stele.cli.config.Settings;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Top-level command {@code stele}, which parses arguments and runs a subcommand. Each subcommand is a class; other
 * modules add theirs through {@link CommandProvider}. Stateless.
 */
@Command(
        name = "stele",
        description = "Durable, thread-safe, multi-process memory for AI agents.",
        version = SteleCommand.VERSION,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "  stele remember --agent kira --user ana \"I moved to Lisbon in May.\"",
            "  stele recall --agent kira \"Where does Ana live?\"",
            "  stele help recall",
            "",
            "Exit codes: 0 success, 1 problems found, 2 invalid input, 3 not found, 4 conflict or limit,",
            "5 busy, 6 storage failure, 70 defect of stele, 141 nobody reads the output."
        })
public final class SteleCommand {

    /** Name and version of this program, as {@code stele --version} prints it. */
    static final String VERSION = Settings.VERSION;

    /** Group of commands in the overview. */
    enum Section {
        MEMORY("Memory"),
        GRAPH("Knowledge graph"),
        SERVER("Server and clients"),
        OPERATION("Operation");

        private final String title;

        Section(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private record Entry(Section section, Supplier<Object> command) {}

    private static final Map<String, Entry> COMMANDS = new LinkedHashMap<>();

    private static void add(Section section, String name, Supplier<Object> command) {
        COMMANDS.put(name, new Entry(section, command));
    }

    static {
        add(Section.MEMORY, "remember", RememberCommand::new);
        add(Section.MEMORY, "recall", RecallCommand::new);
        add(Section.MEMORY, "context", ContextCommand::new);
        add(Section.MEMORY, "chat", ChatCommand::new);
        add(Section.MEMORY, "sessions", SessionsCommand::new);
        add(Section.MEMORY, "notes", NotesCommand::new);
        add(Section.MEMORY, "user", UserCommand::new);
        add(Section.MEMORY, "documents", DocumentsCommand::new);
        add(Section.MEMORY, "reflect", ReflectCommand::new);
        add(Section.MEMORY, "consolidate", ConsolidateCommand::new);
        add(Section.MEMORY, "insights", InsightsCommand::new);
        add(Section.MEMORY, "persona", PersonaCommand::new);
        add(Section.MEMORY, "forget", ForgetCommand::new);
        add(Section.GRAPH, "graph", GraphCommand::new);
        add(Section.SERVER, "serve", ServeCommand::new);
        add(Section.SERVER, "mcp", McpCommand::new);
        add(Section.SERVER, "hook", HookCommand::new);
        add(Section.SERVER, "memory-tool", MemoryToolCommand::new);
        add(Section.SERVER, "keys", KeysCommand::new);
        add(Section.SERVER, "tasks", TasksCommand::new);
        add(Section.OPERATION, "agents", AgentsCommand::new);
        add(Section.OPERATION, "stats", StatsCommand::new);
        add(Section.OPERATION, "import", ImportCommand::new);
        add(Section.OPERATION, "export", ExportCommand::new);
        add(Section.OPERATION, "backup", BackupCommand::new);
        add(Section.OPERATION, "restore", RestoreCommand::new);
        add(Section.OPERATION, "migrate", MigrateCommand::new);
        add(Section.OPERATION, "verify", VerifyCommand::new);
        add(Section.OPERATION, "embed", EmbedCommand::new);
        add(Section.OPERATION, "config", ConfigCommand::new);
        add(Section.OPERATION, "completion", CompletionCommand::new);
        add(Section.OPERATION, "complete", CompleteCommand::new);
        add(Section.OPERATION, "help", HelpCommand::new);
    }

    private SteleCommand() {}

    /**
     * Runs one command. Prints results to standard output and errors to standard error.
     *
     * @param arguments arguments of the command parser
     * @return the exit code; see {@code stele --help}
     */
    public static int run(String... arguments) {
        if (arguments.length == 0) {
            return run("help");
        }
        if (arguments[0].equals("help") && arguments.length > 1 && !arguments[1].startsWith("-")) {
            return help(Arrays.asList(arguments).subList(1, arguments.length));
        }
        // Only the given subcommand is registered, because reading the annotations of all takes longer than most run.
        boolean isOverview = arguments[0].equals("help");
        return (isOverview ? commandLine() : commandLineFor(arguments[0])).execute(arguments);
    }

    /** Prints the help of the command of a path, such as {@code graph} and {@code show}. */
    private static int help(List<String> path) {
        CommandLine command = commandLineFor(path.getFirst());
        for (String name : path) {
            CommandLine part = command.getSubcommands().get(name);
            if (part == null) {
                System.err.println("stele: " + UsageErrors.unknownCommand(command, name));
                return 2;
            }
            command = part;
        }
        new Output(false).text(command.getUsageMessage());
        return 0;
    }

    /** Returns a parser of one subcommand; of all subcommands if there is none of that name here. */
    static CommandLine commandLineFor(String name) {
        Entry entry = COMMANDS.get(name);
        if (entry == null) {
            return commandLine();
        }
        var parser = new CommandLine(new SteleCommand());
        parser.addSubcommand(name, entry.command().get());
        return prepared(parser);
    }

    /** Returns a parser of all subcommands. */
    static CommandLine commandLine() {
        var parser = new CommandLine(new SteleCommand());
        COMMANDS.forEach(
                (name, entry) -> parser.addSubcommand(name, entry.command().get()));
        for (CommandProvider provider :
                ServiceLoader.load(CommandProvider.class, SteleCommand.class.getClassLoader())) {
            parser.addSubcommand(provider.name(), provider.command());
        }
        return prepared(parser);
    }

    /** Returns a new object of a command without a group; null if there is none of that name here. */
    @SuppressWarnings("unchecked") // commands return exit codes
    static @Nullable Callable<Integer> leaf(String name) {
        Entry entry = COMMANDS.get(name);
        return entry != null && entry.command().get() instanceof Callable<?> command
                ? (Callable<Integer>) command
                : null;
    }

    /** Returns the group of a command; that of operation for one that another module provides. */
    static Section section(String name) {
        Entry entry = COMMANDS.get(name);
        return entry == null ? Section.OPERATION : entry.section();
    }

    private static CommandLine prepared(CommandLine parser) {
        UsageErrors.registerConverters(parser);
        parser.setExpandAtFiles(false); // a text may begin with @
        boolean isColored = Output.isInteractive() && Output.permitsColors(System.getenv());
        parser.setColorScheme(CommandLine.Help.defaultColorScheme(isColored ? Ansi.ON : Ansi.OFF));
        IHelpSectionRenderer commandList = HelpTexts::commandList;
        IHelpSectionRenderer footer = HelpTexts::footer;
        addRenderers(parser, commandList, footer);
        parser.setExecutionStrategy(SteleCommand::execute);
        parser.setExecutionExceptionHandler((failure, _, _) -> ExitCodes.report(failure));
        parser.setParameterExceptionHandler((failure, arguments) -> {
            System.err.println("stele: " + UsageErrors.message(failure));
            System.err.println(
                    "See: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return usageExitCode(failure.getCommandLine(), arguments);
        });
        return parser;
    }

    /** Returns the exit code of wrong arguments, which the command chooses that they name, even behind an option. */
    private static int usageExitCode(CommandLine failed, String... arguments) {
        CommandLine command = failed.getParent() == null
                ? Arrays.stream(arguments)
                        .filter(failed.getSubcommands()::containsKey)
                        .findFirst()
                        .map(failed.getSubcommands()::get)
                        .orElse(failed)
                : failed;
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** Runs the command of a parsed command line and reports it to the audit log, if the log contains it. */
    private static int execute(ParseResult line) {
        ParseResult last = line;
        boolean isHelp = isHelpRequested(line);
        while (last.hasSubcommand()) {
            ParseResult group = last;
            last = last.subcommand();
            isHelp |= isHelpRequested(last);
            if (!isHelp && !group.matchedOptions().isEmpty()) {
                throw new ParameterException(
                        last.commandSpec().commandLine(), UsageErrors.optionOfGroup(group, last.commandSpec()));
            }
        }
        if (isHelp || !(last.commandSpec().userObject() instanceof AuditedCommand command)) {
            return new RunLast().execute(line);
        }
        try {
            return CommandAudit.audited(command, () -> new RunLast().execute(line));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ExecutionException(last.commandSpec().commandLine(), "the command failed", e);
        }
    }

    private static boolean isHelpRequested(ParseResult line) {
        return line.isUsageHelpRequested() || line.isVersionHelpRequested();
    }

    private static void addRenderers(
            CommandLine command, IHelpSectionRenderer commandList, IHelpSectionRenderer footer) {
        Map<String, IHelpSectionRenderer> sections = command.getHelpSectionMap();
        sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, commandList);
        sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "");
        sections.put(UsageMessageSpec.SECTION_KEY_FOOTER, footer);
        command.getSubcommands().values().forEach(part -> addRenderers(part, commandList, footer));
    }
}
