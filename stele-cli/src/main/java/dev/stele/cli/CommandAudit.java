package dev.stele.cli;

import dev.stele.audit.Actor;
import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditFiles;
import dev.stele.audit.AuditOutcome;
import dev.stele.audit.Surface;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.model.InvalidInputException;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Report of commands to the audit log of their data directory, at the one place through which every command runs.
 * Stateless. Uses no class of the parser of arguments, which most commands run without.
 */
final class CommandAudit {

    private CommandAudit() {}

    /**
     * Runs a command and reports it, if it is one that the log contains.
     *
     * @throws Exception if the command throws it
     */
    static int run(Callable<Integer> command) throws Exception {
        return command instanceof AuditedCommand audited ? audited(audited, command) : command.call();
    }

    /**
     * Runs a command and reports it.
     *
     * @param command says what it does when it has ended
     * @param run runs the command and returns its exit code
     * @throws Exception if {@code run} throws it
     */
    static int audited(AuditedCommand command, Callable<Integer> run) throws Exception {
        // A signal ends the process without the end of the command, which may have done a part of its work.
        var atExit = new Thread(() -> report(command, AuditOutcome.FAILED), "stele-audit");
        Runtime.getRuntime().addShutdownHook(atExit);
        AuditOutcome outcome = AuditOutcome.FAILED;
        try {
            int exitCode = run.call();
            outcome = exitCode == 0 ? AuditOutcome.DONE : AuditOutcome.FAILED;
            return exitCode;
        } catch (Exception e) {
            Throwable cause = e.getCause(); // the parser wraps what a command throws
            outcome = AuditOutcome.of(e instanceof SteleException || cause == null ? e : cause);
            throw e;
        } finally {
            if (remove(atExit)) {
                report(command, outcome);
            }
        }
    }

    /** Removes a shutdown hook; returns whether it will not run. */
    private static boolean remove(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return false; // the process ends, and the hook runs
        }
    }

    private static void report(AuditedCommand command, AuditOutcome outcome) {
        try {
            command.operation().ifPresent(operation -> {
                Settings settings = command.common().quietSettings();
                Path data = Path.of(settings.text(Setting.DATA));
                if (Files.isDirectory(data)) { // nothing was done in a directory that does not exist
                    new AuditFiles(data, settings.bytes(Setting.AUDIT_BYTES))
                            .append(List.of(AuditEntry.of(Actor.ofProcess(Surface.COMMAND), operation, outcome)));
                }
            });
        } catch (InvalidInputException | NotFoundException e) {
            // The settings are invalid, so that the command did nothing either.
        } catch (StelePersistenceException e) {
            System.err.println("stele: " + e.getMessage() + " What the command did is not part of it.");
        }
    }
}
