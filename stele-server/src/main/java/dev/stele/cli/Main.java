package dev.stele.cli;

import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.util.ServiceLoader;
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
        },
        subcommands = {
            ServeCommand.class,
            RememberCommand.class,
            RecallCommand.class,
            SessionsCommand.class,
            UserCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            VerifyCommand.class,
            AgentsCommand.class,
            StatsCommand.class,
            ForgetCommand.class,
            TasksCommand.class,
            KeysCommand.class,
            ConfigCommand.class
        })
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs one command and returns its exit code. */
    public static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    static CommandLine commandLine() {
        var line = new CommandLine(new Main());
        var completion = new CommandLine(new GenerateCompletion());
        completion
                .getCommandSpec()
                .usageMessage()
                .description("Print a script that completes commands in bash and zsh.");
        line.addSubcommand("completion", completion);
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class, Main.class.getClassLoader())) {
            line.addSubcommand(provider.name(), provider.command());
        }
        line.setExecutionExceptionHandler((failure, at, _) -> {
            if (failure instanceof SteleException error) {
                System.err.println("stele: " + error.getMessage());
                return exitCode(error);
            }
            System.err.println("stele: this should not have happened; please report it:");
            failure.printStackTrace();
            return 70;
        });
        line.setParameterExceptionHandler((failure, _) -> {
            System.err.println("stele: " + failure.getMessage());
            System.err.println(
                    "See: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return 2;
        });
        return line;
    }

    private static int exitCode(SteleException error) {
        return switch (error) {
            case InvalidInputException _ -> 2;
            case NotFoundException _ -> 3;
            case ConflictException _, LimitExceededException _, ReadOnlyException _ -> 4;
            case AgentBusyException _, ClosedException _ -> 5;
            case StelePersistenceException _ -> 6;
        };
    }
}
