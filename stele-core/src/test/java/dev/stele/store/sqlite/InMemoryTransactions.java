package dev.stele.store.sqlite;

import dev.stele.concurrent.Deadline;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.DirectoryArchiveSegments;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.Transactions;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Transactions on a database in memory, for tests of the writer that need no file. Counts the edits that were committed;
 * an edit calls {@link #edited} to be counted.
 */
final class InMemoryTransactions implements Transactions {

    static final String URL = "jdbc:sqlite::memory:";

    private static final ArchiveSegments NO_SEGMENTS = new DirectoryArchiveSegments(Path.of("no-archive"));

    private final AtomicInteger edited = new AtomicInteger();
    private final AtomicInteger committed = new AtomicInteger();
    private SqlSession session;

    /** Notes an edit of the present transaction. */
    void edited() {
        edited.incrementAndGet();
    }

    /** Returns the number of edits that were committed. */
    int committed() {
        return committed.get();
    }

    @Override
    public Turn take(Deadline deadline) {
        return () -> {};
    }

    @Override
    public SqlEdit begin(Deadline deadline) {
        edited.set(0);
        if (session == null) {
            try {
                session = new SqlSession(DriverManager.getConnection(URL), SqliteDialect.INSTANCE, 0);
            } catch (SQLException e) {
                throw new StelePersistenceException("no database in memory", e);
            }
        }
        return new SqlEdit(session, NO_SEGMENTS, 1, 1);
    }

    @Override
    public void commit(SqlEdit edit) {
        committed.addAndGet(edited.get());
    }

    @Override
    public void rollback() {}

    @Override
    public void drop() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    @Override
    public boolean isStatementLevel(SQLException e) {
        return false;
    }

    @Override
    public boolean passes(SQLException e) {
        return false;
    }

    @Override
    public SteleException error(SQLException e) {
        return new StelePersistenceException("the database in memory failed", e);
    }

    @Override
    public String holder() {
        return "nobody";
    }

    @Override
    public String inTheWay() {
        return "nothing is in the way";
    }
}
