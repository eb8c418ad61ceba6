package dev.stele.store.sqlite;

import dev.stele.model.AgentName;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * File or subdirectory in the directory of an agent. {@link Kind} lists every kind of file that belongs to an agent.
 *
 * @param path path of the file
 * @param kind its kind, which its name tells
 */
record AgentFile(Path path, Kind kind) {

    static final String DATABASE = "memory.db";
    static final String NAME = "name";
    static final String ARCHIVE = "archive";

    /** Extension of cache files, which can be made again. */
    static final String DERIVED_SUFFIX = ".derived";

    /** Minimum age of a temporary file that is reported; a younger file may be in use. */
    private static final Duration MIN_RESIDUE_AGE = Duration.ofHours(1);

    /** Kind of a file. */
    enum Kind {
        DATABASE("memory\\.db"),
        /** Write-ahead log, its index, and the journal of SQLite's other mode. */
        DATABASE_LOG("memory\\.db-(?:wal|shm|journal)"),
        NAME("name"),
        VERSION_COUNTER(Pattern.quote(SharedVersionCounter.FILE)),
        /** Queue of writers, and leases. */
        LOCK("[a-z]{1,32}\\.lock"),
        DERIVED("[a-z]{1,32}" + Pattern.quote(DERIVED_SUFFIX)),
        ARCHIVE("archive"),
        ARCHIVE_LOCK("archive/\\.lock"),
        ARCHIVE_SEGMENT("archive/messages-.{1,100}\\.jsonl\\.gz"),
        TEMPORARY("(?:archive/)?\\.(?:tmp|claim)-.{1,100}"),
        /** File that Stele has not made. */
        FOREIGN(".*");

        private final Pattern pattern;

        Kind(String pattern) {
            this.pattern = Pattern.compile(pattern, Pattern.DOTALL);
        }

        static Kind of(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.pattern.matcher(name).matches())
                    .findFirst()
                    .orElse(FOREIGN);
        }
    }

    /**
     * Returns the files in the directory of an agent and in its archive.
     *
     * @return the files; none if there is no such directory
     * @throws StelePersistenceException if the directory cannot be read
     */
    static List<AgentFile> list(Path directory) {
        var files = new ArrayList<AgentFile>();
        add(directory, "", files);
        add(directory.resolve(ARCHIVE), ARCHIVE + "/", files);
        return files;
    }

    private static void add(Path directory, String prefix, List<AgentFile> to) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                to.add(new AgentFile(entry, Kind.of(prefix + entry.getFileName())));
            }
        } catch (NoSuchFileException e) {
            return; // removed meanwhile
        } catch (IOException | DirectoryIteratorException e) {
            throw new StelePersistenceException("The directory " + directory + " cannot be read: " + e, e);
        }
    }

    /** Returns whether a directory has files of an agent. */
    static boolean isAgent(Path directory) {
        return Files.exists(directory.resolve(DATABASE))
                || list(directory).stream()
                        .anyMatch(file -> file.kind() != Kind.FOREIGN && file.kind() != Kind.TEMPORARY);
    }

    /** Returns the text of the file with an agent's name; empty if there is none or it cannot be read. */
    static Optional<String> name(Path directory) {
        try {
            return Optional.of(Files.readString(directory.resolve(NAME)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Reports files that are missing, were left behind or do not belong to the agent.
     *
     * @param directory directory of the agent
     * @param files its files
     * @param problem receives what a restoration must mend
     * @param remark receives what is harmless
     */
    static void check(
            AgentName agent, Path directory, List<AgentFile> files, Consumer<String> problem, Consumer<String> remark) {
        if (!name(directory).equals(Optional.of(agent.value()))) {
            problem.accept("the file " + directory.resolve(NAME) + " does not contain the name of the agent; opening"
                    + " the agent for writing writes it again");
        }
        for (AgentFile file : files) {
            switch (file.kind()) {
                case FOREIGN -> remark.accept("the file " + file.path() + " is none of Stele");
                case TEMPORARY -> {
                    if (file.isOld()) {
                        remark.accept("the file " + file.path()
                                + " was left behind by a process that ended; the next erasure deletes it");
                    }
                }
                default -> {}
            }
        }
    }

    private boolean isOld() {
        try {
            return Files.getLastModifiedTime(path)
                    .toInstant()
                    .isBefore(Instant.now().minus(MIN_RESIDUE_AGE));
        } catch (IOException e) {
            return false; // deleted meanwhile
        }
    }
}
