package dev.stele.cli;

import java.io.IOException;

/** Signals that nobody reads standard output any more, as after {@code stele export | head}. */
final class OutputClosedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OutputClosedException(IOException cause) {
        super("standard output is closed", cause);
    }
}
