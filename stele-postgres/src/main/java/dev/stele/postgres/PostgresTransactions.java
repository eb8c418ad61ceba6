package dev.stele.postgres;

import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
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
 * <p>When the connection is lost during a commit, the {@link CommitStatus} tells whether the transaction is executed
 * again.
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
            var status = new CommitStatus(connections, "Writing agent " + store.agent(), transactionId);
            if (!status.wasCommitted(e, deadline)) {
                throw new UncheckedSqlException(e);
            }
            return;
        }
        giveBack(true);
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
