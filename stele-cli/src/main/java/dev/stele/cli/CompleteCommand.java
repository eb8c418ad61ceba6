package dev.stele.cli;

import dev.stele.model.SteleException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Subcommand that the scripts of {@link CompletionCommand} run. Prints nothing if there is nothing to complete. */
@Command(
        name = "complete",
        hidden = true,
        description = "Print what can continue a command line, one candidate a line.",
        mixinStandardHelpOptions = true,
        footer = {"  stele complete -- \"stele recall --agent \""})
final class CompleteCommand implements Callable<Integer> {

    @Parameters(paramLabel = "LINE", description = "Command line up to the cursor.")
    String line = "";

    @Override
    public Integer call() {
        var output = new Output(false);
        candidates(line).forEach(candidate -> output.line("%s", candidate));
        return 0;
    }

    /** Returns the candidates; none if the memory cannot be read. */
    static List<String> candidates(String line) {
        try {
            return new Completion(ShellWords.of(line)).candidates();
        } catch (SteleException e) {
            return List.of();
        }
    }
}
