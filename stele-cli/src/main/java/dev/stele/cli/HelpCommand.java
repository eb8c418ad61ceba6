package dev.stele.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Subcommand that prints the overview of all commands. {@link SteleCommand#run} prints the help of a named command.
 */
@Command(
        name = "help",
        description = "Show all commands, or the help of one.",
        mixinStandardHelpOptions = true,
        footer = {"  stele help", "  stele help recall", "  stele help graph add"})
final class HelpCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Command, and command of its group.")
    List<String> path = new ArrayList<>();

    @Override
    public Integer call() {
        if (spec != null) {
            new Output(false).text(spec.root().commandLine().getUsageMessage());
        }
        return 0;
    }
}
