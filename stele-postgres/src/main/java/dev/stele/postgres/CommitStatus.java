package dev.stele.postgres;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.sql.SQLException;

/**
 * Status of a transaction whose commit was not confirmed, because the connection was lost. Another connection asks the
 * server for the status by the id of the transaction ({@code pg_xact_status}). An aborted transaction can be executed
 * again; a committed one must not be, so that an edit is neither lost nor applied twice. Immutable.
 *
 * @param action action of the transaction and its object, such as "Deleting agent kira", for messages
 * @param transactionId id of the transaction on the server ({@code xid8})
 */
record CommitStatus(ConnectionPool connections, String action, String transactionId) {

    /** Query for the id of the current transaction. */
    static final String TRANSACTION_ID = "select cast(pg_current_xact_id() as text)";

    /** Error of the server for an id that it has not assigned: it crashed before it recorded the transaction. */
    private static final String NEVER_ASSIGNED = "22023";

    /**
     * Asks the server whether the transaction was committed. The caller must have returned the lost connection.
     *
     * @param lost failure of the commit
     * @param deadline end of the time for the transaction. The question may take longer, because an unknown outcome is
     *     worse than a late one
     * @throws StelePersistenceException if the server does not tell in time
     */
    boolean wasCommitted(SQLException lost, Deadline deadline) {
        var pause = new BackoffPause();
        var until = new Deadline(
                Math.max(deadline.nanos(), Deadline.in(connections.patience()).nanos()));
        do {
            try {
                String status = status();
                if (!status.equals("in progress")) {
                    return status.equals("committed");
                }
            } catch (SteleException e) {
                if (e.getCause() instanceof SQLException cause && NEVER_ASSIGNED.equals(cause.getSQLState())) {
                    return false;
                }
                lost.addSuppressed(e);
            }
        } while (pause.before(until));
        throw new StelePersistenceException(
                action + ": the outcome is unknown, because the connection to " + connections.place()
                        + " was lost during the commit and the server has not answered since. Check whether it was done, or repeat a write under the same id, which applies it once.",
                lost);
    }

    private String status() {
        return connections.read(
                action + ": checking the outcome",
                PostgresDialect.PLAIN,
                0,
                db -> db.first(
                                "select coalesce(pg_xact_status(cast(? as xid8)), 'aborted')",
                                row -> row.text(1),
                                transactionId)
                        .orElse("aborted"));
    }
}
