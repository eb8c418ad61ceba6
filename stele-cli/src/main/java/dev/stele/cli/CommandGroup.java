package dev.stele.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Base class of a command that only groups subcommands, such as {@code stele keys}. */
public abstract class CommandGroup implements Runnable {

    @Spec
    @Nullable
    CommandSpec spec;

    /**
     * Reports that a subcommand is missing.
     *
     * @throws ParameterException always; its message lists the subcommands
     */
    @Override
    public final void run() {
        if (spec != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Give a subcommand: " + String.join(", ", spec.subcommands().keySet()) + ".");
        }
    }
}
