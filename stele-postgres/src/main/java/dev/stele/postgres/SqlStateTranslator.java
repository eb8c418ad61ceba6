package dev.stele.postgres;

import dev.stele.model.AgentBusyException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/**
 * Translator of PostgreSQL error codes to exceptions of Stele (postgresql.org/docs/current/errcodes-appendix.html).
 * Stateless.
 *
 * <p>Messages contain the error code, but the text of the server only for errors of the configuration, because that
 * text may contain the data that was being written.
 */
final class SqlStateTranslator {

    private SqlStateTranslator() {}

    private static String state(SQLException e) {
        String state = e.getSQLState();
        if (state == null || e instanceof SQLTransientConnectionException) {
            // The pool wraps the exception of the driver.
            return e.getCause() instanceof SQLException cause ? state(cause) : state == null ? "" : state;
        }
        return state;
    }

    /** Returns whether the connection was lost or could not be established. */
    static boolean connectionLost(SQLException e) {
        return switch (state(e)) {
            // Administrator command, crash, server starting, idle timeouts, too many connections.
            case "57P01", "57P02", "57P03", "57P05", "25P03", "53300" -> true;
            case String code -> code.startsWith("08") || e instanceof SQLTransientConnectionException;
        };
    }

    /** Returns whether a retry may succeed. Nothing was changed, unless the failed statement was a commit. */
    static boolean isTransient(SQLException e) {
        return connectionLost(e)
                || switch (state(e)) {
                    // Serialization failure, deadlock, and a prepared statement whose table has changed.
                    case "40001", "40P01", "0A000", "26000" -> true;
                    default -> false;
                };
    }

    /**
     * Returns whether a failure concerns only its own edit and not others of the group: constraints and invalid values.
     */
    static boolean isStatementLevel(SQLException e) {
        return state(e).startsWith("23") || state(e).startsWith("22") || state(e).startsWith("54");
    }

    /**
     * Returns the exception for a caller.
     *
     * @param action action that failed and its object, such as "Reading agent kira"
     * @param database location of the database
     */
    static SteleException error(String action, String database, SQLException e) {
        String code = state(e);
        String on = action + " on " + database + ": ";
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
                        on + "the server has no space left (" + code
                                + "). Nothing was written and earlier data is intact; free space, then try again.",
                        e);
            case "XX001", "XX002" ->
                new StelePersistenceException.Corrupt(
                        on + "the server found damaged data (" + e.getMessage()
                                + "); restore from a backup of the database.",
                        e);
            case "55P03", "57014" ->
                new AgentBusyException(
                        on
                                + "it did not complete in time (store.statement-timeout, limits.wait-timeout). Nothing was written; try again.");
            case "3F000", "42P01" ->
                new StelePersistenceException(
                        on + "tables of Stele are missing (" + e.getMessage()
                                + "); open the database once for writing, which creates them.",
                        e);
            default ->
                connectionLost(e)
                        ? new AgentBusyException(
                                on + "no connection to the server was established in time ("
                                        + reason(e)
                                        + "). Nothing was written; check that the server runs and that store.url is correct, and try again.")
                        : new StelePersistenceException(
                                on + "the server reports error " + code
                                        // Class 42 concerns the statement, so its text contains no values.
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
