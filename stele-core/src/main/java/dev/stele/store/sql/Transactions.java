package dev.stele.store.sql;

import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
import java.sql.SQLException;

/** The transactions in which an agent is written to. For the one thread that writes. */
public interface Transactions {

    /**
     * Waits for the turn to write, over all processes.
     *
     * @throws dev.stele.model.AgentBusyException if it did not come in time
     */
    Turn take(Deadline deadline);

    /** The right to write; to be closed when all is done that waited for it. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a transaction, in which nobody else writes to the agent.
     *
     * @throws dev.stele.store.AgentReplacedException if the agent was given up
     */
    SqlEdit begin(Deadline deadline);

    /** Ends the transaction; what was written is on stable storage when this returns. */
    void commit(SqlEdit edit);

    /** Ends the transaction without a trace, so that another can begin. */
    void rollback();

    /** Gives back what is held, after a failure or when there is no more to write; what was begun leaves no trace. */
    void drop();

    /** Whether a failure concerns the edit that met it, and the transaction may go on without that edit. */
    boolean harmsOneEditOnly(SQLException e);

    /** Whether the same may succeed when it is tried again; nothing of it was done. */
    boolean passes(SQLException e);

    /** What a failure means to a caller. */
    SteleException error(SQLException e);

    /** Who may be in the way of a writer, for people. */
    String inTheWay();
}
