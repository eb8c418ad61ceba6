package dev.stele.postgres;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.Transactions;
import dev.stele.store.sql.UncheckedSqlException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Write transactions of one agent. Used only by the writer thread of the agent.
 *
 * <p>A lock on the row of the agent ({@code select … for update}) admits one writer at a time over all nodes. The
 * server releases the lock with the transaction, however that ends. Changes therefore have sequence numbers without
 * gaps, in the order of their commits.
 *
 * <p>When the connection is lost during a commit, the outcome is unknown. Another connection then asks the server for
 * the status of the transaction by its id ({@code pg_xact_status}). An aborted transaction is executed again; a
 * committed one is not, so that an edit is neither lost nor applied twice.
 */
final class PostgresTransactions implements Transactions {

    private static final Turn NO_QUEUE = () -> {};

    private final PostgresStore store;
    private final ConnectionPool connections;
    // The fields below are accessed only by the writer thread.
    private @Nullable Connection connection;
    /** Transaction id on the server ({@code xid8}). */
    private String transactionId = "";

    private Deadline deadline = new Deadline(0);

    PostgresTransactions(PostgresStore store, ConnectionPool connections) {
        this.store = store;
        this.connections = connections;
    }

    /** Returns at once: the row lock that {@link #begin} takes on the server excludes other writers. */
    @Override
    public Turn take(Deadline until) {
        return NO_QUEUE;
    }

    @Override
    public SqlEdit begin(Deadline until) {
        deadline = until;
        Connection taken = connection;
        if (taken == null) {
            taken = connections.take(until);
            connection = taken;
        }
        long wait = Math.max(1, until.left() / 1_000_000);
        long statementTimeout = connections.database().statement().toMillis();
        // One round trip: the timeouts, the lock, and the latest change as of the time at which the lock was granted.
        // The idle timeout ends the transaction, and with it the lock, of a node that disappeared from the network.
        String begin = """
                set transaction isolation level read committed; set local statement_timeout = %1$d; set local lock_timeout = %2$d; \
                set local idle_in_transaction_session_timeout = %4$d; \
                select cast(pg_current_xact_id() as text) from stele.agent where number = %3$d for update; \
                set local statement_timeout = %4$d; %5$s""".formatted(
                        Math.max(statementTimeout, wait),
                        wait,
                        store.number(),
                        statementTimeout,
                        PostgresStore.latestChange(store.number()));
        PostgresStore.LatestChange last;
        try (Statement statement = taken.createStatement()) {
            boolean rows = statement.execute(begin);
            ResultSet locked = ConnectionPool.nextRows(statement, rows);
            if (!locked.next()) {
                throw new AgentReplacedException("agent " + store.agent());
            }
            transactionId = locked.getString(1);
            last = store.lastOf(ConnectionPool.nextRows(statement, statement.getMoreResults()));
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
        return store.edit(new SqlSession(taken, PostgresDialect.SHARED, store.number()), last);
    }

    @Override
    public void commit(SqlEdit edit) {
        edit.db().send();
        edit.db().closeStatements();
        Connection taken = connection;
        if (taken == null) {
            throw new IllegalStateException("a commit without a transaction");
        }
        try {
            taken.commit();
        } catch (SQLException e) {
            if (!SqlStateTranslator.connectionLost(e)) {
                throw new UncheckedSqlException(e);
            }
            giveBack(false);
            if (!wasCommitted(e)) {
                throw new UncheckedSqlException(e);
            }
            return;
        }
        giveBack(true);
    }

    /** Asks the server whether the transaction was committed whose commit was not confirmed. */
    private boolean wasCommitted(SQLException lost) {
        var pause = new BackoffPause();
        // An unknown outcome is worse than a late one, so the deadline of the write is extended.
        var until = new Deadline(
                Math.max(deadline.nanos(), Deadline.in(connections.patience()).nanos()));
        do {
            try {
                String state = connections.read(
                        "Checking the outcome of a write to agent " + store.agent(),
                        PostgresDialect.PLAIN,
                        0,
                        db -> db.first(
                                        "select coalesce(pg_xact_status(cast(? as xid8)), 'aborted')",
                                        row -> row.text(1),
                                        transactionId)
                                .orElse("aborted"));
                if (!state.equals("in progress")) {
                    return state.equals("committed");
                }
            } catch (SteleException e) {
                lost.addSuppressed(e);
            }
        } while (pause.before(until));
        throw new StelePersistenceException(
                "The outcome of a write to agent " + store.agent() + " is unknown: the connection to "
                        + connections.place()
                        + " was lost during the commit, and the server has not answered since. Check whether the write is there, or repeat it under the same id, which applies it once.",
                lost);
    }

    @Override
    public void rollback() {
        try {
            if (connection != null) {
                connection.rollback();
            }
        } catch (SQLException e) {
            drop();
        }
    }

    @Override
    public void drop() {
        giveBack(false);
    }

    private void giveBack(boolean committed) {
        Connection taken = connection;
        connection = null;
        if (taken != null) {
            connections.giveBack(taken, committed);
        }
    }

    @Override
    public boolean isStatementLevel(SQLException e) {
        return SqlStateTranslator.isStatementLevel(e);
    }

    @Override
    public boolean passes(SQLException e) {
        return SqlStateTranslator.isTransient(e);
    }

    @Override
    public SteleException error(SQLException e) {
        return SqlStateTranslator.error("Writing agent " + store.agent(), connections.place(), e);
    }

    @Override
    public String holder() {
        return "another node, or no connection is free";
    }

    @Override
    public String inTheWay() {
        return "another node may be writing it";
    }
}
