package dev.stele.store.sql;

import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * File storage of an agent's archive. A file becomes visible completely or not at all, and never changes. Thread-safe.
 */
public interface ArchiveSegments {

    /** Writes a file and returns after it is on stable storage. */
    void write(String name, DurableFiles.Content content) throws IOException;

    /**
     * Opens a file.
     *
     * @throws NoSuchFileException if there is no file of this name
     */
    InputStream read(String name) throws IOException;

    /** Deletes a file. Does nothing if there is no file of this name. */
    void delete(String name) throws IOException;

    /** Returns the names of all files that were written before a time, referenced or not. */
    List<String> olderThan(Instant time) throws IOException;

    /**
     * Waits until no other thread or process adds or replaces files, and keeps the others waiting until the result is
     * closed. While it is held, a file without a row in the database is residue of a killed process.
     *
     * @return the hold; empty if files are written in transactions, whose residue is not visible
     */
    default Optional<Hold> hold() throws IOException {
        return Optional.empty();
    }

    /** Exclusive right to change the files of an archive. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Returns the location of a file, for error messages. */
    String place(String name);
}
