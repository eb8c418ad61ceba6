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
 * Transactions of one agent's writer. The lock on the agent's row lets one in at a time over all nodes and is freed by the server with
 * the transaction, however that ends; so changes have numbers without gaps in the order of commits.
 *
 * <p>When a connection is lost while a commit is on its way, the caller must not be told that nothing was done, nor must it be done
 * twice: another connection asks the server what became of the transaction, by its number. What was not done is done again.
 */
final class PostgresTransactions implements Transactions {

    private static final Turn NO_QUEUE = () -> {};

    private final PostgresStore store;
    private final ConnectionPool connections;
    // The writer's thread alone.
    private @Nullable Connection connection;
    private String number = "";
    private Deadline deadline = new Deadline(0);

    PostgresTransactions(PostgresStore store, ConnectionPool connections) {
        this.store = store;
        this.connections = connections;
    }

    /** The server lets writers in, in {@link #begin}. */
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
        long most = connections.database().statement().toMillis();
        // One journey: the limits, the lock, and then, as it is once the lock is ours, the latest change. A node that
        // vanishes from
        // the network leaves a transaction behind, which the server ends when it has been silent for long, and with it
        // the lock.
        String begin = """
                set transaction isolation level read committed; set local statement_timeout = %1$d; set local lock_timeout = %2$d; \
                set local idle_in_transaction_session_timeout = %4$d; \
                select cast(pg_current_xact_id() as text) from stele.agent where number = %3$d for update; \
                set local statement_timeout = %4$d; %5$s""".formatted(
                        Math.max(most, wait), wait, store.number(), most, PostgresStore.latestChange(store.number()));
        long last;
        try (Statement statement = taken.createStatement()) {
            boolean rows = statement.execute(begin);
            ResultSet locked = ConnectionPool.nextRows(statement, rows);
            if (!locked.next()) {
                throw new AgentReplacedException("agent " + store.agent());
            }
            number = locked.getString(1);
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
            if (!committedAfterAll(e)) {
                throw new UncheckedSqlException(e);
            }
            return;
        }
        giveBack(true);
    }

    /** What became of the transaction whose commit was not answered. */
    private boolean committedAfterAll(SQLException lost) {
        var pause = new BackoffPause();
        // It may have been done, so the question is worth more patience than the write had left.
        var until = new Deadline(
                Math.max(deadline.nanos(), Deadline.in(connections.patience()).nanos()));
        do {
            try {
                String state = connections.read(
                        "Asking what became of a write to agent " + store.agent(),
                        PostgresDialect.PLAIN,
                        0,
                        db -> db.first(
                                        "select coalesce(pg_xact_status(cast(? as xid8)), 'aborted')",
                                        row -> row.text(1),
                                        number)
                                .orElse("aborted"));
                if (!state.equals("in progress")) {
                    return state.equals("committed");
                }
            } catch (SteleException e) {
                lost.addSuppressed(e);
            }
        } while (pause.before(until));
        throw new StelePersistenceException(
                "A write to agent " + store.agent() + " was on its way when the connection to " + connections.place()
                        + " was lost, and the server has not answered since: it may have been done or not. Look, or repeat it under the same id, which does it once.",
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
    public boolean harmsOneEditOnly(SQLException e) {
        return SqlStateTranslator.harmsOneEditOnly(e);
    }

    @Override
    public boolean passes(SQLException e) {
        return SqlStateTranslator.passes(e);
    }

    @Override
    public SteleException error(SQLException e) {
        return SqlStateTranslator.error("Writing agent " + store.agent(), connections.place(), e);
    }

    @Override
    public String inTheWay() {
        return "another node may be writing it";
    }
}
