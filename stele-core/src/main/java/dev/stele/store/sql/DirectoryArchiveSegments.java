package dev.stele.store.sql;

import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Archive storage in a directory, which the first write creates.
 *
 * @param directory directory of the files; it need not exist, but its parent must
 */
public record DirectoryArchiveSegments(Path directory) implements ArchiveSegments {

    private static final System.Logger LOG = System.getLogger(DirectoryArchiveSegments.class.getName());

    /** Maximum time to wait until other processes have changed the files. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    @Override
    public void write(String name, DurableFiles.Content content) throws IOException {
        DurableFiles.ensureDirectory(directory);
        DurableFiles.write(directory.resolve(name), content);
    }

    @Override
    public InputStream read(String name) throws IOException {
        return Files.newInputStream(directory.resolve(name));
    }

    @Override
    public void delete(String name) throws IOException {
        DurableFiles.delete(directory.resolve(name));
    }

    @Override
    public List<String> olderThan(Instant time) throws IOException {
        var names = new ArrayList<String>();
        if (Files.isDirectory(directory)) {
            try (var files = Files.newDirectoryStream(directory, "*" + Archive.SUFFIX)) {
                for (Path file : files) {
                    if (isOlderThan(time, file)) {
                        names.add(file.getFileName().toString());
                    }
                }
            } catch (NoSuchFileException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "deleted while it was listed: " + e.getMessage());
            }
        }
        return names;
    }

    /** Returns whether a file was written before a time; false if it was deleted since it was listed. */
    private static boolean isOlderThan(Instant time, Path file) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(time);
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "deleted while it was listed: " + e.getMessage());
            return false;
        }
    }

    @Override
    public Optional<Hold> hold() throws IOException {
        DurableFiles.ensureDirectory(directory);
        InterProcessQueueLock queue = InterProcessQueueLock.open(directory.resolve(".lock"));
        try {
            InterProcessQueueLock.Turn turn = queue.take("the archive " + directory, Deadline.in(MAX_WAIT));
            return Optional.of(() -> Closing.closeAll(turn, queue));
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, queue);
            throw e;
        }
    }

    @Override
    public String place(String name) {
        return directory.resolve(name).toString();
    }
}
