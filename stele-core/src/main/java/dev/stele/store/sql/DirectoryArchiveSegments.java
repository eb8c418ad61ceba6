package dev.stele.store.sql;

import dev.stele.io.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Archive storage in a directory, which the first write creates.
 *
 * @param directory directory of the files; it need not exist
 */
public record DirectoryArchiveSegments(Path directory) implements ArchiveSegments {

    private static final System.Logger LOG = System.getLogger(DirectoryArchiveSegments.class.getName());

    private static final String LOCK_FILE = ".lock";

    /** Locks between the threads of this process by directory; a file lock is held by a process, not by a thread. */
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    @Override
    public void write(String name, DurableFiles.Content content) throws IOException {
        DurableFiles.write(directory.resolve(name), content);
    }

    @Override
    public InputStream read(String name) throws IOException {
        return Files.newInputStream(directory.resolve(name));
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public List<String> olderThan(Instant time) throws IOException {
        var names = new ArrayList<String>();
        if (Files.isDirectory(directory)) {
            try (var files = Files.newDirectoryStream(directory, "*" + Archive.SUFFIX)) {
                for (Path file : files) {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(time)) {
                        names.add(file.getFileName().toString());
                    }
                }
            }
        }
        return names;
    }

    @Override
    public Optional<Hold> hold() throws IOException {
        DurableFiles.createDirectories(directory);
        ReentrantLock ofProcess =
                LOCKS.computeIfAbsent(directory.toAbsolutePath().normalize(), _ -> new ReentrantLock());
        ofProcess.lock();
        try {
            Path file = directory.resolve(LOCK_FILE);
            DurableFiles.ensureFile(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            try {
                channel.lock();
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            return Optional.of(() -> {
                try {
                    channel.close(); // releases the lock
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.DEBUG, "the lock file of an archive did not close", e);
                } finally {
                    ofProcess.unlock();
                }
            });
        } catch (IOException | RuntimeException e) {
            ofProcess.unlock();
            throw e;
        }
    }

    @Override
    public String place(String name) {
        return directory.resolve(name).toString();
    }
}
