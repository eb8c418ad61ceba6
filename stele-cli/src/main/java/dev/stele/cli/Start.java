package dev.stele.cli;

import dev.stele.cli.config.Settings;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Main class of the command {@code stele}. Runs a command with known options directly, by {@link SimpleArguments}: a
 * client starts {@code stele mcp} for each of its windows and {@code stele hook} for each of its prompts and waits for
 * them, a person waits for {@code stele recall}, and the full parser takes longer to load than most commands run. All
 * other arguments, wrong ones included, go to {@link SteleCommand}.
 */
public final class Start {

    private Start() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param arguments arguments of the command line
     */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs the command. Returns its exit code. */
    static int run(String... arguments) {
        if (arguments.length == 1 && (arguments[0].equals("--version") || arguments[0].equals("-V"))) {
            System.out.println(Settings.VERSION);
            return 0;
        }
        Callable<Integer> command = parseSimple(arguments);
        if (command == null) {
            return SteleCommand.run(arguments);
        }
        try {
            return CommandAudit.run(command);
        } catch (Exception e) {
            return ExitCodes.report(e);
        }
    }

    /** Returns the command with its options set; null if the full parser is needed. */
    static @Nullable Callable<Integer> parseSimple(String... arguments) {
        Callable<Integer> command = arguments.length == 0 ? null : SteleCommand.leaf(arguments[0]);
        return command == null
                ? null
                : SimpleArguments.parse(command, Arrays.asList(arguments).subList(1, arguments.length));
    }
}
