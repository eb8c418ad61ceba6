package dev.stele.store.sql;

import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
import java.sql.SQLException;

/** Write transactions on one agent, implemented by each database. For the writer thread only. */
public interface Transactions {

    /**
     * Acquires the agent's write lock, which is exclusive over all processes.
     *
     * @param deadline end of the wait
     * @throws dev.stele.model.AgentBusyException if the lock was not acquired in time
     */
    Turn take(Deadline deadline);

    /** Held write lock. It must be closed after everything that needed the lock. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a transaction. No other writer changes the agent until it ends.
     *
     * @param deadline end of the wait for the database
     * @throws dev.stele.store.AgentReplacedException if the agent was deleted or restored
     */
    SqlEdit begin(Deadline deadline);

    /** Commits the transaction and blocks until it is on stable storage. */
    void commit(SqlEdit edit);

    /** Rolls back the transaction, so that another one can begin. */
    void rollback();

    /** Releases all resources after a failure or when no more edits will follow. An open transaction is rolled back. */
    void drop();

    /**
     * Returns whether a failure affects only the edit that caused it, so that the transaction can continue without that
     * edit.
     */
    boolean isStatementLevel(SQLException e);

    /**
     * Returns whether a failure is transient: nothing was written, and a repetition of the whole transaction may
     * succeed.
     */
    boolean passes(SQLException e);

    /** Converts a failure to the exception that callers of the store receive. */
    SteleException error(SQLException e);

    /** Describes the possible holders of the write lock, for error messages. */
    String inTheWay();

    /** Describes the possible holders of the write lock without a path, for those who watch. Thread-safe. */
    String holder();
}
