package dev.stele.io;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Files that appear whole or not at all: written under a temporary name, forced to the disk, renamed, and the directory
 * forced too. Never used on an open database: closing a second handle of it would drop SQLite's locks. An interrupt of
 * the thread does not end an operation.
 */
public final class DurableFiles {

    private static final System.Logger LOG = System.getLogger(DurableFiles.class.getName());
    private static final FileAttribute<?>[] NONE = {};

    private DurableFiles() {}

    /**
     * Creates a directory with the parents it lacks, each readable by its owner only where the file system has POSIX
     * permissions, and forces their names to the disk. Directories that exist stay as they are.
     */
    public static void createDirectories(Path directory) throws IOException {
        var missing = new ArrayDeque<Path>();
        Path path = directory.toAbsolutePath();
        while (path != null && !Files.exists(path)) {
            missing.push(path);
            path = path.getParent();
        }
        Files.createDirectories(directory, ownerOnly(directory, "rwx------"));
        for (Path created : missing) {
            forceName(created);
        }
    }

    /**
     * Creates a directory that only its owner can read, unless there is one. Its parent must exist. The name of the
     * directory is on stable storage then, also if another process has created it: what is forced in a directory is
     * lost with the name of the directory.
     */
    public static void ensureDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, ownerOnly(directory, "rwx------"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        forceName(directory);
    }

    /** Forces the name of a directory, unless its parent may be written and not read. */
    private static void forceName(Path directory) throws IOException {
        try {
            forceDirectory(parent(directory));
        } catch (AccessDeniedException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the name of " + directory + " is not forced to the disk: " + e);
        }
    }

    /**
     * Creates an empty file that only its owner can read and write.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is one
     */
    public static void createFile(Path file) throws IOException {
        Files.createFile(file, ownerOnly(file, "rw-------"));
    }

    /** Opens a file; if the options create it, only its owner can read and write it. */
    public static FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        return FileChannel.open(file, options, ownerOnly(file, "rw-------"));
    }

    /**
     * Creates an empty private file unless there is one, for libraries that would create it for everyone to read. A file
     * that exists is not opened: closing it would release all locks of this process on it, such as those of a database.
     */
    public static void ensureFile(Path file) throws IOException {
        try {
            createFile(file);
        } catch (FileAlreadyExistsException e) {
            LOG.log(System.Logger.Level.TRACE, () -> file + " exists: " + e);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path file, String permissions) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : NONE;
    }

    /** Writes the content of a file. */
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Start of the names of files that are not complete yet. */
    private static final String TEMPORARY = ".tmp-";

    /** Start of the names of empty files that are not locked yet. */
    private static final String UNLOCKED = ".claim-";

    /** End of the name of the lock file of a temporary file. */
    private static final String LOCK = ".lock";

    /**
     * Files that this process holds locked. They must not be opened a second time to see whether they are: closing any
     * handle of a file releases all locks of the process on it.
     */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    /**
     * Writes a file: completely or, after a failure, not at all. The content is on stable storage before the file gets
     * its name. The directory must exist: the directory of an agent that was removed meanwhile is not made again.
     *
     * <p>The temporary file is locked while it is written, so that {@link #sweep} can tell the file of a killed process
     * from one that is in use.
     */
    public static void write(Path target, Content content) throws IOException {
        Path directory = parent(target);
        Path temporary = directory.resolve(TEMPORARY + UUID.randomUUID());
        try {
            try (Claim claim = Claim.of(temporary)) {
                var out = new Unclosed(new BufferedOutputStream(claim.file(), 1 << 16));
                content.writeTo(out);
                out.flush();
                claim.file().getFD().sync();
                move(temporary, target); // while the file is locked: a sweep would delete a file that nobody locks
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * New file that this process holds open and locked.
     *
     * @param key real path of the file
     * @param file the open file; a stream and not a channel, which an interrupt of the thread would close
     */
    private record Claim(Path key, FileOutputStream file) implements AutoCloseable {

        /** Creates a file, which is locked before it gets its name. */
        static Claim of(Path path) throws IOException {
            Path unlocked = path.resolveSibling(UNLOCKED + UUID.randomUUID());
            Path key = parent(path).toRealPath().resolve(path.getFileName());
            createFile(unlocked);
            var file = new FileOutputStream(unlocked.toFile());
            LOCKED_HERE.add(key);
            var claim = new Claim(key, file);
            try {
                lock(file);
                Files.move(unlocked, path, StandardCopyOption.ATOMIC_MOVE);
                return claim;
            } catch (IOException | RuntimeException e) {
                claim.close();
                Files.deleteIfExists(unlocked);
                throw e;
            }
        }

        /** Locks a new file, which no other process can have locked. */
        private static void lock(FileOutputStream file) throws IOException {
            if (file.getChannel().tryLock() == null) {
                throw new IOException("another process has locked the new file");
            }
        }

        @Override
        public void close() throws IOException {
            try {
                file.close();
            } finally {
                LOCKED_HERE.remove(key);
            }
        }
    }

    /**
     * Temporary file that a library writes, with a lock file beside it by which {@link #sweep} sees that it is in use.
     * Closing it deletes both files.
     */
    public static final class Temporary implements AutoCloseable {
        private final Path path;
        private final Claim lock;

        private Temporary(Path path, Claim lock) {
            this.path = path;
            this.lock = lock;
        }

        /** Reserves a temporary file in a directory. */
        public static Temporary in(Path directory, String suffix) throws IOException {
            Path path = directory.resolve(TEMPORARY + UUID.randomUUID() + suffix);
            return new Temporary(path, Claim.of(lockOf(path)));
        }

        /** Returns the path of the temporary file, which does not exist at first. */
        public Path path() {
            return path;
        }

        private static Path lockOf(Path temporary) {
            return temporary.resolveSibling(temporary.getFileName() + LOCK);
        }

        @Override
        public void close() throws IOException {
            try (lock) {
                Files.deleteIfExists(path);
                Files.deleteIfExists(lockOf(path));
            }
        }
    }

    /**
     * Deletes the temporary files of processes that were killed while they wrote them.
     *
     * @param directory directory of the files; it need not exist
     */
    public static void sweep(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Path real = directory.toRealPath();
        try (var files = Files.newDirectoryStream(real, TEMPORARY + "*")) {
            for (Path file : files) {
                Path lock = file.toString().endsWith(LOCK) ? file : Temporary.lockOf(withoutSideSuffix(file));
                if (Files.isRegularFile(file) && isAbandoned(Files.exists(lock) ? lock : file)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * Returns the names of the files in a directory, in no order; empty if there is no such directory.
     *
     * @throws IOException if the directory cannot be read
     */
    public static List<String> names(Path directory) throws IOException {
        var names = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** Returns the database of a journal, log or shared memory, which SQLite keeps beside it; else the file itself. */
    private static Path withoutSideSuffix(Path file) {
        String name = file.getFileName().toString();
        for (String suffix : List.of("-journal", "-wal", "-shm")) {
            if (name.endsWith(suffix)) {
                return file.resolveSibling(name.substring(0, name.length() - suffix.length()));
            }
        }
        return file;
    }

    /** Returns whether no process holds the lock of a file. */
    private static boolean isAbandoned(Path file) throws IOException {
        if (LOCKED_HERE.contains(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException e) {
            return false; // complete by now
        }
    }

    /** Lets the content close what it wraps around: the file must stay open until it is forced. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /** Renames and forces the directory, so that the new name survives a loss of power. */
    public static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(to + " is on another file system than " + from, e);
        }
        forceDirectory(parent(to));
    }

    public static void forceFile(Path file) throws IOException {
        force(file, StandardOpenOption.WRITE);
    }

    public static void forceDirectory(Path directory) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return; // Windows has no handle of a directory to force.
        }
        force(directory, StandardOpenOption.READ);
    }

    private static void force(Path path, OpenOption option) throws IOException {
        UninterruptibleIo.call(() -> {
            try (FileChannel channel = FileChannel.open(path, option)) {
                channel.force(true);
                return path;
            }
        });
    }

    /**
     * Deletes a file if it exists, and forces the directory, so that the file does not come back after a loss of power.
     */
    public static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            forceDirectory(parent(file));
        }
    }

    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // somebody else is deleting it too
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    public static Path parent(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException(file + " has no directory");
        }
        return directory;
    }
}
