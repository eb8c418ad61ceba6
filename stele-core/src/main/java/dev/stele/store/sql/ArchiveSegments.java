package dev.stele.store.sql;

import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;

/** Where the files of an agent's archive are kept. They appear whole or not at all and are never changed. Thread-safe. */
public interface ArchiveSegments {

    /** Keeps a file; on stable storage when it returns. */
    void write(String name, DurableFiles.Content content) throws IOException;

    /** @throws NoSuchFileException if there is none of this name */
    InputStream read(String name) throws IOException;

    /** Does nothing if there is none of this name. */
    void delete(String name) throws IOException;

    /** Names of all files, wanted or left over, that were written before a time. */
    List<String> olderThan(Instant time) throws IOException;

    /** Where a file is, for people. */
    String place(String name);
}
