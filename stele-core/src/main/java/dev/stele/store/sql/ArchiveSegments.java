package dev.stele.store.sql;

import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;

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

    /** Returns the location of a file, for error messages. */
    String place(String name);
}
