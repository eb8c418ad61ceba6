package dev.stele.store.sqlite;

import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Sha256;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlView;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Backup file of one agent: a zip file with {@code manifest.json}, which contains the checksum of every other entry,
 * {@code memory.db}, and the archive segments. {@code VACUUM INTO} copies the database, because it reads one snapshot
 * concurrently with writers. SQLite's backup API restarts at every commit of another connection and does not finish
 * beside a busy writer.
 */
final class Backup {

    static final String MANIFEST = "manifest.json";
    static final String DATABASE = "memory.db";
    private static final int FORMAT = 1;

    private final AgentName agent;
    private final Path file;

    Backup(AgentName agent, Path file) {
        this.agent = agent;
        this.file = file;
    }

    void write(Path target, ReaderPool readers) {
        if (Files.isDirectory(target)) {
            throw new InvalidInputException("The backup " + target + " is a directory; name a file.");
        }
        Path directory = DurableFiles.parent(target);
        try {
            DurableFiles.createDirectories(directory);
            DurableFiles.sweep(directory);
            try (var temporary = DurableFiles.Temporary.in(directory, ".db")) {
                write(target, temporary.path(), readers);
            }
        } catch (IOException e) {
            throw FileErrors.of("The backup " + target + " could not be written", e);
        }
    }

    /**
     * Writes the backup under a transaction of its own. As long as a reader has a snapshot, maintenance deletes no
     * archive segment that the snapshot or a later one refers to.
     */
    private void write(Path target, Path copy, ReaderPool readers) throws IOException {
        try (SqlSession pin = Sqlite.reader(file)) {
            pin.run("begin");
            new SqlView(pin, SqliteStore.archive(file)).lastChange(); // begins the snapshot
            DurableFiles.createFile(copy); // SQLite fills an empty file; a new one would be readable by all
            readers.use(db -> db.update("vacuum into ?", copy.toString()));
            pack(target, copy);
        }
    }

    private void pack(Path target, Path copy) throws IOException {
        List<String> segments;
        long last;
        try (SqlSession db = Sqlite.reader(copy)) {
            var view = new SqlView(db, SqliteStore.archive(file));
            segments = view.segments();
            last = view.lastChange();
        }
        Map<String, Path> entries = new LinkedHashMap<>();
        entries.put(DATABASE, copy);
        segments.forEach(name ->
                entries.put("archive/" + name, file.resolveSibling("archive").resolve(name)));
        var sums = new LinkedHashMap<String, @Nullable Object>();
        for (var entry : entries.entrySet()) {
            sums.put(entry.getKey(), sha256(entry.getValue()));
        }
        String manifest = Json.write(Json.fields()
                .put("format", "stele-backup")
                .put("version", FORMAT)
                .put("agent", agent.value())
                .put("schema", Schema.CURRENT.version())
                .put("last_change", last)
                .put("at", Instant.now())
                .keep("sha256", sums)
                .map());
        DurableFiles.write(target, out -> {
            var zip = new ZipOutputStream(out);
            put(zip, MANIFEST, to -> to.write(manifest.getBytes(StandardCharsets.UTF_8)));
            for (var entry : entries.entrySet()) {
                put(zip, entry.getKey(), to -> Files.copy(entry.getValue(), to));
            }
            zip.finish();
        });
    }

    private static void put(ZipOutputStream zip, String name, DurableFiles.Content content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        content.writeTo(zip);
        zip.closeEntry();
    }

    /**
     * Manifest of a backup.
     *
     * @param agent name of the agent
     * @param schema schema version of the database
     * @param sha256 checksums by entry name
     */
    record Manifest(AgentName agent, int schema, Map<String, String> sha256) {}

    /**
     * Unpacks a backup into an empty directory and verifies the checksum of every entry.
     *
     * @throws InvalidInputException if the file is not a backup
     * @throws NotFoundException if there is no such file
     * @throws StelePersistenceException.Corrupt if the backup is damaged
     * @throws IOException if a file cannot be read or written
     */
    static Manifest unpack(Path backup, Path into) throws IOException {
        try (InputStream in = Files.newInputStream(backup);
                var zip = new ZipInputStream(in)) {
            ZipEntry first = zip.getNextEntry();
            if (first == null || !first.getName().equals(MANIFEST)) {
                throw new InvalidInputException(backup + " is no backup of Stele; it does not begin with a manifest.");
            }
            Manifest manifest = manifest(backup, new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            var missing = new LinkedHashMap<>(manifest.sha256());
            var directories = new LinkedHashSet<Path>();
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String sum = missing.remove(entry.getName());
                Path file = into.resolve(entry.getName()).normalize();
                if (sum == null || !file.startsWith(into)) {
                    throw damaged(backup, "it holds " + entry.getName() + ", which its manifest does not name", null);
                }
                DurableFiles.createDirectories(DurableFiles.parent(file));
                directories.add(DurableFiles.parent(file));
                DurableFiles.ensureFile(file);
                try (OutputStream out = Files.newOutputStream(file)) {
                    zip.transferTo(out);
                }
                if (!sha256(file).equals(sum)) {
                    throw damaged(backup, entry.getName() + " does not agree with its checksum", null);
                }
                DurableFiles.forceFile(file);
            }
            if (!missing.isEmpty()) {
                throw damaged(backup, "it lacks " + missing.keySet(), null);
            }
            for (Path directory : directories) {
                DurableFiles.forceDirectory(directory);
            }
            return manifest;
        } catch (NoSuchFileException e) {
            throw new NotFoundException("There is no backup file " + backup + ".");
        } catch (ZipException | EOFException e) {
            throw damaged(backup, FileErrors.reason(e), e);
        }
    }

    private static Manifest manifest(Path backup, String text) {
        JsonObject json = JsonObject.of("manifest", Json.read(text));
        if (!json.optionalString("format").equals(java.util.Optional.of("stele-backup"))) {
            throw new InvalidInputException(backup + " is no backup of Stele.");
        }
        json.optionalString("store").ifPresent(store -> {
            throw new InvalidInputException(backup + " is a backup from " + store
                    + "; restore it there, and bring it here with an export and an import.");
        });
        if (json.optionalLong("version").orElse(0L) > FORMAT) {
            throw new StelePersistenceException.NewerSchema(
                    "The backup " + backup + " was made by a newer Stele; upgrade this one.");
        }
        return new Manifest(
                new AgentName(json.string("agent")),
                json.optionalLong("schema").orElse(0L).intValue(),
                json.mapOf("sha256", "text", value -> value instanceof String s ? s : null));
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Sha256.hex(in);
        }
    }

    private static StelePersistenceException damaged(Path backup, String why, @Nullable Exception e) {
        return new StelePersistenceException.Corrupt("The backup " + backup + " is damaged: " + why + ".", e);
    }
}
