package dev.stele.postgres;

import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Backup and restore of one agent of a shared database. Thread-safe.
 *
 * <p>A backup is a zip file with {@code manifest.json} and one entry for each table, in which each line is a row as
 * JSON. All rows belong to one consistent snapshot. The checksums of the zip format detect damage. To back up the whole
 * database, use the tools of PostgreSQL.
 */
final class TableBackup {

    private static final String MANIFEST = "manifest.json";
    private static final String FORMAT = "stele-backup";
    private static final String STORE = "postgresql";
    private static final String ROWS = ".rows";
    private static final Pattern AGENT = Pattern.compile("^\\{\"agent\":(\\d+)");

    /** Maximum number of attempts to replace an agent that other transactions create and erase meanwhile. */
    private static final int MAX_REMOVALS = 100;

    private final ConnectionPool connections;

    TableBackup(ConnectionPool connections) {
        this.connections = connections;
    }

    /**
     * Writes a backup. Replaces an existing file only after the backup is complete.
     *
     * @param archive returns the archive of the agent within a transaction
     * @param transaction runs the copying in a read transaction on the rows of the agent, and at most once
     * @throws InvalidInputException if the target is a directory
     * @throws StelePersistenceException if the file cannot be written
     */
    void write(
            AgentName agent,
            Path target,
            Function<SqlSession, ArchiveSegments> archive,
            Consumer<Consumer<SqlSession>> transaction) {
        if (Files.isDirectory(target)) {
            throw new InvalidInputException("The backup " + target + " is a directory; name a file.");
        }
        try {
            DurableFiles.createDirectories(DurableFiles.parent(target));
            DurableFiles.write(
                    target,
                    out -> transaction.accept(db -> {
                        try {
                            var zip = new ZipOutputStream(out);
                            zip.putNextEntry(new ZipEntry(MANIFEST));
                            zip.write(manifest(agent, db).getBytes(StandardCharsets.UTF_8));
                            for (String table : PostgresStores.TABLES) {
                                rows(db, table, zip);
                            }
                            segments(db, archive.apply(db), zip);
                            zip.finish();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }));
        } catch (IOException | UncheckedIOException e) {
            throw new StelePersistenceException("The backup " + target + " could not be written: " + e, e);
        }
    }

    private static String manifest(AgentName agent, SqlSession db) {
        return Json.write(Json.fields()
                .put("format", FORMAT)
                .put("version", 1)
                .put("store", STORE)
                .put("agent", agent.value())
                .put("schema", (long) db.dialect().schema(db))
                .put("at", Instant.now())
                .map());
    }

    private static void rows(SqlSession db, String table, ZipOutputStream zip) throws IOException {
        zip.putNextEntry(new ZipEntry(table + ROWS));
        var lines = new BufferedWriter(new OutputStreamWriter(zip, StandardCharsets.UTF_8));
        db.each("select cast(row_to_json(r) as text) from {" + table + " r}", row -> line(lines, row.text(1)));
        lines.flush();
    }

    private static void line(Writer to, String text) {
        try {
            to.write(text);
            to.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the archive files that are not stored in a table. */
    private static void segments(SqlSession db, ArchiveSegments archive, ZipOutputStream zip) throws IOException {
        for (String name : db.list(
                "select name from {archive_segment s} where not exists (select 1 from {archive_file f} where f.name = s.name)",
                row -> row.text(1))) {
            zip.putNextEntry(new ZipEntry("archive/" + name));
            try (InputStream in = archive.read(name)) {
                in.transferTo(zip);
            }
        }
    }

    /**
     * Restores an agent in one transaction.
     *
     * @param as new name of the agent; empty for the name in the backup
     * @param replace whether an existing agent of that name is replaced
     * @return name of the restored agent
     * @throws InvalidInputException if the file is no backup of this store
     * @throws ConflictException if the agent exists and is not to be replaced
     * @throws StelePersistenceException.Corrupt if the backup is damaged; nothing was changed
     */
    AgentName restore(Path backup, Optional<AgentName> as, boolean replace, LongConsumer removed) {
        try (var file = new ZipInputStream(Files.newInputStream(backup))) {
            ZipEntry first = file.getNextEntry();
            if (first == null || !first.getName().equals(MANIFEST)) {
                throw new InvalidInputException(
                        backup
                                + " is no backup of Stele: its first entry is not the manifest. Name a file that \"stele backup\" has written.");
            }
            JsonObject manifest = JsonObject.of("manifest", Json.read(text(file)));
            if (!manifest.optionalString("store").equals(Optional.of(STORE))) {
                throw new InvalidInputException(
                        backup
                                + " is a backup of a data directory; restore it to a data directory, and copy it here with \"stele migrate\".");
            }
            AgentName agent = as.orElseGet(() -> new AgentName(manifest.string("agent")));
            // Checks the whole file before anything is written, because the damage may be at its end.
            check(backup);
            Optional<Long> replaced = connections.write(
                    "Restoring agent " + agent, PostgresDialect.PLAIN, 0, db -> restore(db, backup, agent, replace));
            replaced.ifPresent(removed::accept);
            return agent;
        } catch (NoSuchFileException e) {
            throw new NotFoundException("There is no backup file " + backup + ".");
        } catch (IOException | UncheckedIOException e) {
            throw damaged(backup, e);
        }
    }

    private static void check(Path backup) throws IOException {
        int tables = 0;
        try (var file = new ZipInputStream(Files.newInputStream(backup))) {
            for (ZipEntry entry = file.getNextEntry(); entry != null; entry = file.getNextEntry()) {
                // Reading an entry to its end verifies its checksum.
                file.transferTo(java.io.OutputStream.nullOutputStream());
                tables += entry.getName().endsWith(ROWS) ? 1 : 0;
            }
        }
        if (tables < PostgresStores.TABLES.size()) {
            throw new IOException("some tables are missing");
        }
    }

    /** Restores an agent; returns the number of the agent that it replaced. */
    private Optional<Long> restore(SqlSession db, Path backup, AgentName agent, boolean replace) {
        Optional<Long> replaced = replace ? PostgresStores.remove(db, agent) : Optional.empty();
        Optional<Long> added = PostgresStores.add(db, agent);
        for (int i = 0; replace && added.isEmpty() && i < MAX_REMOVALS; i++) {
            // A writer has created the agent since nothing was there to remove.
            replaced = PostgresStores.remove(db, agent);
            added = PostgresStores.add(db, agent);
        }
        long number = added.orElseThrow(() -> new ConflictException("There is an agent \"" + agent
                + "\" already; delete it first, restore under another name, or request to replace it."));
        SqlSession rows = db.of(PostgresDialect.SHARED, number);
        ArchiveSegments archive =
                PostgresStore.archive(connections, number, new TableArchiveSegments.CurrentTransaction(rows));
        try (var file = new ZipInputStream(Files.newInputStream(backup))) {
            for (ZipEntry entry = file.getNextEntry(); entry != null; entry = file.getNextEntry()) {
                String name = entry.getName();
                if (name.endsWith(ROWS)) {
                    String table = name.substring(0, name.length() - ROWS.length());
                    if (PostgresStores.TABLES.contains(table)) {
                        restore(rows, table, file);
                    }
                } else if (name.startsWith("archive/")) {
                    byte[] content = file.readAllBytes();
                    archive.write(checkedName(name.substring("archive/".length())), out -> out.write(content));
                }
            }
            rows.send();
            SqlEdit.rename(rows, agent);
            rows.dialect().markDue(rows); // the backup may have pending interactions
            rows.send();
            return replaced;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the name of an archive file from a backup, which must not lead to another directory. */
    private static String checkedName(String name) throws IOException {
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.startsWith(".")) {
            throw new IOException("an archive file has the name " + name);
        }
        return name;
    }

    /** Restores the rows of a table with a new agent number. In every table the agent is the first column. */
    private static void restore(SqlSession rows, String table, InputStream in) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(new UnclosableStream(in), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher matcher = AGENT.matcher(line);
            if (!matcher.find()) {
                throw new IOException("a row of " + table + " does not start with its agent");
            }
            String rest = line.substring(matcher.end());
            if (table.equals("keyword")) {
                // The terms have the agent number as a prefix, too.
                rest = rest.replaceAll("(?<=[\" ])'" + matcher.group(1) + ":", "'" + rows.agent() + ":");
            }
            rows.add(
                    table,
                    "insert into {into %1$s} select r.* from json_populate_record(cast(null as stele.%1$s), cast(? as json)) r"
                            .formatted(table),
                    "{\"agent\":" + rows.agent() + rest);
        }
    }

    /** Stream that ignores {@code close}, so that a reader of one entry does not close the whole file. */
    private static final class UnclosableStream extends FilterInputStream {
        UnclosableStream(InputStream in) {
            super(in);
        }

        @Override
        public void close() {}
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static StelePersistenceException damaged(Path backup, Exception e) {
        return new StelePersistenceException.Corrupt("The backup " + backup + " is damaged: " + e + ".", e);
    }
}
