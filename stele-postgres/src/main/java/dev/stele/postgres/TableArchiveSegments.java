package dev.stele.postgres;

import dev.stele.io.DurableFiles;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.SqlSession;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Archive whose segment files are rows of a table, for nodes without a shared directory. The archive is backed up,
 * replicated and deleted together with the database. A segment contains up to a thousand messages, compressed.
 *
 * @param rows access to the rows of the agent
 * @param database location of the database, for messages
 */
record TableArchiveSegments(RowAccess rows, String database) implements ArchiveSegments {

    /** Access to the rows of an agent. */
    interface RowAccess {
        /** Runs an action on the rows and returns its result. */
        <T extends @Nullable Object> T on(Function<SqlSession, T> action);
    }

    /** Runs each action in a transaction of its own. */
    record OwnTransactions(ConnectionPool connections, long agent) implements RowAccess {
        @Override
        public <T extends @Nullable Object> T on(Function<SqlSession, T> action) {
            return connections.write("Accessing the archive", PostgresDialect.SHARED, agent, action);
        }
    }

    /** Runs all actions in the current transaction. */
    record CurrentTransaction(SqlSession db) implements RowAccess {
        @Override
        public <T extends @Nullable Object> T on(Function<SqlSession, T> action) {
            return action.apply(db);
        }
    }

    @Override
    public void write(String name, DurableFiles.Content content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        content.writeTo(bytes);
        rows.on(db -> db.insertNew("archive_file", "name, content", name, bytes.toByteArray()));
    }

    @Override
    public InputStream read(String name) throws IOException {
        byte[] bytes = rows.on(
                        db -> db.first("select content from {archive_file} where name = ?", row -> row.bytes(1), name))
                .orElseThrow(() -> new NoSuchFileException(place(name)));
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public void delete(String name) {
        rows.on(db -> db.delete("archive_file", "name = ?", name));
    }

    @Override
    public List<String> olderThan(Instant time) {
        return rows.on(db -> db.list(
                "select name from {archive_file} where at < to_timestamp(? / 1000.0)",
                row -> row.text(1),
                time.toEpochMilli()));
    }

    @Override
    public String place(String name) {
        return database + " (archive_file " + name + ")";
    }
}
