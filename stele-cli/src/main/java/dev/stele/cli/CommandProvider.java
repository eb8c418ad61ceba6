package dev.stele.cli;

/**
 * Provider of a subcommand of another module, found by {@link java.util.ServiceLoader}. An implementation needs a
 * public constructor without parameters and an entry in {@code META-INF/services/dev.stele.cli.CommandProvider}.
 */
public interface CommandProvider {

    /**
     * Returns the name of the subcommand.
     *
     * @return one word, different from the names of all other subcommands
     */
    String name();

    /**
     * Returns a new instance of the subcommand.
     *
     * @return an object with annotations of picocli that implements {@link java.util.concurrent.Callable} of an exit
     *     code, or extends {@link CommandGroup}
     */
    Object command();
}
