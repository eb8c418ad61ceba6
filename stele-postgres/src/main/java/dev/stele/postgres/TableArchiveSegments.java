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
 * An archive in a table, for nodes that share no directory: with the database it is backed up, replicated and forgotten. A file holds
 * a thousand messages at most, compressed.
 *
 * @param rows runs what it is given on the agent's rows
 * @param database where they are, for people
 */
record TableArchiveSegments(Rows rows, String database) implements ArchiveSegments {

    /** Where rows are reached. */
    interface Rows {
        <T extends @Nullable Object> T on(Function<SqlSession, T> action);
    }

    /** Each action in a transaction of its own. */
    record Apart(ConnectionPool connections, long agent) implements Rows {
        @Override
        public <T extends @Nullable Object> T on(Function<SqlSession, T> action) {
            return connections.write("The archive", PostgresDialect.SHARED, agent, action);
        }
    }

    /** All in the transaction that is under way. */
    record Within(SqlSession db) implements Rows {
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
