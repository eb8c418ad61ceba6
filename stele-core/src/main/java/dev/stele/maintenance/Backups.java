package dev.stele.maintenance;

import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.StoredBackup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Directory of the backups that background jobs write: one zip file each, whose first entry is a manifest. The name of
 * a backup is that of its file. Stateless.
 *
 * @param directory path of the directory, which need not exist
 */
public record Backups(Path directory) {

    private static final System.Logger LOG = System.getLogger(Backups.class.getName());

    private static final String SUFFIX = ".zip";
    private static final String MANIFEST = "manifest.json";
    /** Maximum size of a manifest, in bytes. One names each archive segment in about 150 bytes. */
    private static final int MAX_MANIFEST_BYTES = 16 << 20;

    /** Returns the backups of a data directory. */
    public static Backups in(Path data) {
        return new Backups(data.resolve("backups"));
    }

    /**
     * Returns the path of a new backup.
     *
     * @param id name of the backup without its suffix
     */
    Path target(String id) {
        return directory.resolve(id + SUFFIX);
    }

    /**
     * Returns the backups of an agent, newest first. Files that are no backups are left out.
     *
     * @param limit maximum number of backups
     */
    public List<StoredBackup> list(AgentName agent, int limit) {
        var found = new ArrayList<StoredBackup>();
        for (String name : names()) {
            read(name).filter(backup -> backup.agent().equals(agent)).ifPresent(found::add);
        }
        found.sort(Comparator.comparing(StoredBackup::at).reversed());
        return List.copyOf(found.subList(0, Math.min(found.size(), limit)));
    }

    /**
     * Returns the file of a backup of an agent.
     *
     * @param name name of the backup
     * @throws NotFoundException if the agent has no backup of that name
     */
    public Path file(AgentName agent, String name) {
        // The name comes from a client: only names of files of this directory are accepted, never a path.
        boolean known = names().contains(name)
                && read(name).filter(backup -> backup.agent().equals(agent)).isPresent();
        if (!known) {
            throw new NotFoundException("Agent \"" + agent + "\" has no backup " + Json.write(name) + " in " + directory
                    + "; list its backups.");
        }
        return directory.resolve(name);
    }

    private List<String> names() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try {
            return DurableFiles.names(directory).stream()
                    .filter(name -> name.endsWith(SUFFIX))
                    .toList();
        } catch (IOException e) {
            throw FileErrors.of("The directory " + directory + " could not be read", e);
        }
    }

    /** Reads the manifest of a backup; empty if the file is none, or was deleted meanwhile. */
    private Optional<StoredBackup> read(String name) {
        Path file = directory.resolve(name);
        try (var in = Files.newInputStream(file);
                var zip = new ZipInputStream(in)) {
            ZipEntry first = zip.getNextEntry();
            if (first == null || !first.getName().equals(MANIFEST)) {
                return Optional.empty();
            }
            JsonObject manifest = JsonObject.of(
                    "manifest", Json.read(new String(zip.readNBytes(MAX_MANIFEST_BYTES), StandardCharsets.UTF_8)));
            return Optional.of(new StoredBackup(
                    name, new AgentName(manifest.string("agent")), manifest.instant("at"), Files.size(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | InvalidInputException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> file + " is no backup: " + e.getMessage());
            return Optional.empty();
        }
    }
}
