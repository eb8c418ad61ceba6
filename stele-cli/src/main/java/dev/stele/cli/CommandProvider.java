package dev.stele.cli;

/** How another module adds a command: found by {@link java.util.ServiceLoader}. */
public interface CommandProvider {

    /** The word on the command line. */
    String name();

    /** An object with the parser's annotations. */
    Object command();
}
