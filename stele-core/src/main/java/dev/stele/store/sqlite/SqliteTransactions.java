package dev.stele.store.sqlite;

import dev.stele.model.AgentName;
import dev.stele.model.SteleException;
import dev.stele.store.AgentReplaced;
import dev.stele.store.sql.Db;
import dev.stele.store.sql.Deadline;
import dev.stele.store.sql.Segments;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlFailure;
import dev.stele.store.sql.Transactions;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Transactions on the one connection of this process that writes an agent's file; processes take turns in a {@link WriterQueue}. */
final class SqliteTransactions implements Transactions {

    private final AgentName agent;
    private final Path file;
    private final Segments segments;
    /** Opens the connection; called again after any failure, because a failed connection may stay unusable. */
    private final Supplier<Db> opener;

    private final WriterQueue turns;
    private final Optional<ChangeStamp> stamp;
    // The writer's thread alone.
    private @Nullable Db connection;

    SqliteTransactions(
            AgentName agent,
            Path file,
            Segments segments,
            Supplier<Db> opener,
            WriterQueue turns,
            Optional<ChangeStamp> stamp) {
        this.agent = agent;
        this.file = file;
        this.segments = segments;
        this.opener = opener;
        this.turns = turns;
        this.stamp = stamp;
    }

    @Override
    public Turn take(Deadline deadline) {
        return turns.take("agent " + agent, deadline);
    }

    @Override
    public SqlEdit begin(Deadline deadline) {
        Db db = connection;
        if (db == null) {
            db = opener.get();
            connection = db;
        }
        db.run("begin immediate");
        var edit = new SqlEdit(db, segments);
        if (edit.replaced()) {
            throw new AgentReplaced("agent " + agent);
        }
        return edit;
    }

    @Override
    public void commit(SqlEdit edit) {
        stamp.ifPresent(ChangeStamp::commitBegins);
        edit.db().run("commit");
        stamp.ifPresent(ChangeStamp::commitEnded);
    }

    /** SQLite gives some transactions up by itself, as when there is no room, and then there is none to end. */
    @Override
    public void rollback() {
        try {
            if (connection != null) {
                connection.run("rollback");
            }
        } catch (SqlFailure e) {
            drop();
        }
    }

    @Override
    public void drop() {
        Db open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close(); // rolls back what is open
            } catch (SqlFailure e) {
                System.getLogger("dev.stele.store")
                        .log(System.Logger.Level.WARNING, "a failed connection to " + file + " did not close", e);
            }
        }
    }

    @Override
    public boolean harmsOneEditOnly(SQLException e) {
        return Sqlite.harmsOneEditOnly(e);
    }

    @Override
    public boolean passes(SQLException e) {
        return false; // who waits for a lock has waited already
    }

    @Override
    public SteleException error(SQLException e) {
        return Sqlite.error("Writing agent " + agent, file, e);
    }

    @Override
    public String inTheWay() {
        return file.resolveSibling("writer.lock") + " is held by " + turns.holder();
    }
}
