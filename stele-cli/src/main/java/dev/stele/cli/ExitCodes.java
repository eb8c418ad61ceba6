package dev.stele.cli;

import dev.stele.io.Secrets;
import dev.stele.model.AccessDeniedException;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.ModelException;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.InvalidPathException;

/** Reports of failed commands on standard error, and their exit codes. Stateless. */
final class ExitCodes {

    /** Exit code of a command whose reader is gone; the code of a process that SIGPIPE ended. */
    static final int OUTPUT_CLOSED = 141;

    private static final int DEFECT = 70;

    private ExitCodes() {}

    /** Prints the message of a failure, or the stack trace of a defect of this program. Returns the exit code. */
    static int report(Exception failure) {
        return switch (failure) {
            case SteleException error -> report(error);
            case OutputClosedException _ -> OUTPUT_CLOSED;
            case InvalidPathException e ->
                report(new InvalidInputException(
                        "\"" + e.getInput() + "\" is not the path of a file: " + e.getReason() + "."));
            default -> reportDefect(failure);
        };
    }

    private static int report(SteleException error) {
        System.err.println("stele: " + Secrets.hide(String.valueOf(error.getMessage())));
        return switch (error) {
            case InvalidInputException _ -> 2;
            case NotFoundException _ -> 3;
            case ConflictException _, LimitExceededException _, ReadOnlyException _, AccessDeniedException _ -> 4;
            case AgentBusyException _, ClosedException _, ModelException _ -> 5;
            case StelePersistenceException _ -> 6;
        };
    }

    private static int reportDefect(Exception failure) {
        System.err.println("stele: Unexpected failure, which is a defect of Stele. Please report it with these lines:");
        var trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        System.err.print(Secrets.hide(trace.toString()));
        return DEFECT;
    }
}
