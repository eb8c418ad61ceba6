package dev.stele.postgres;

import dev.stele.model.AgentBusyException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/**
 * What PostgreSQL's errors mean (postgresql.org/docs/current/errcodes-appendix.html). The server's own words may hold what was being
 * written, so messages name the code and only for errors of set-up its words. Stateless.
 */
final class SqlStateTranslator {

    private SqlStateTranslator() {}

    private static String state(SQLException e) {
        String state = e.getSQLState();
        if (state == null || e instanceof SQLTransientConnectionException) {
            // The pool wraps what the driver said.
            return e.getCause() instanceof SQLException cause ? state(cause) : state == null ? "" : state;
        }
        return state;
    }

    /** Whether the connection is gone, or never was. */
    static boolean connectionLost(SQLException e) {
        return switch (state(e)) {
            // Ended by an administrator, by a crash, not yet up, idle for too long, and too many already.
            case "57P01", "57P02", "57P03", "57P05", "25P03", "53300" -> true;
            case String code -> code.startsWith("08") || e instanceof SQLTransientConnectionException;
        };
    }

    /** Whether the same may succeed when it is tried again. Nothing was done, unless it was a commit. */
    static boolean passes(SQLException e) {
        return connectionLost(e)
                || switch (state(e)) {
                    // Serialization, deadlock, and a statement that was planned on a table that has changed since.
                    case "40001", "40P01", "0A000", "26000" -> true;
                    default -> false;
                };
    }

    /** Whether a failure concerns the edit that met it alone: a constraint, or a value that cannot be. */
    static boolean harmsOneEditOnly(SQLException e) {
        return state(e).startsWith("23") || state(e).startsWith("22") || state(e).startsWith("54");
    }

    /** The error for a caller. {@code what} names what was being done and to what. */
    static SteleException error(String what, String database, SQLException e) {
        String code = state(e);
        String on = what + " on " + database + ": ";
        return switch (code) {
            case "28P01", "28000" ->
                new StelePersistenceException(
                        on + "the server refuses this user or password; correct store.user and store.password.", e);
            case "3D000" ->
                new StelePersistenceException(
                        on + "there is no such database; create it with createdb, or correct store.url.", e);
            case "42501" ->
                new StelePersistenceException(
                        on + "the user lacks a right (" + e.getMessage()
                                + "); let an owner grant it, as docs/guides/postgresql.md says.",
                        e);
            case "25006" ->
                new ReadOnlyException(
                        on
                                + "the server takes no writes, as a replica does not; point store.url to the primary, or open it for reading only.");
            case "53100", "53200", "53400" ->
                new StelePersistenceException.Full(
                        on + "the server has no room left (" + code
                                + "). Nothing was written and earlier data is whole; free space, then try again.",
                        e);
            case "XX001", "XX002" ->
                new StelePersistenceException.Corrupt(
                        on + "the server found damaged data (" + e.getMessage()
                                + "); restore from a backup of the database.",
                        e);
            case "55P03", "57014" ->
                new AgentBusyException(
                        on
                                + "it did not get through in time (store.statement-timeout, limits.wait). Nothing was written; try again.");
            case "3F000", "42P01" ->
                new StelePersistenceException(
                        on + "there are no tables of Stele here, or not all (" + e.getMessage()
                                + "); open the database once for writing, which makes them.",
                        e);
            default ->
                connectionLost(e)
                        ? new AgentBusyException(on + "no connection to the server came about in time (" + reason(e)
                                + "). Nothing was written; see whether it runs and store.url is right, and try again.")
                        : new StelePersistenceException(
                                on + "the server reports error " + code
                                        // Of a statement, and never of values.
                                        + (code.startsWith("42") ? " (" + e.getMessage() + ")." : "."),
                                e);
        };
    }

    private static String reason(SQLException e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
