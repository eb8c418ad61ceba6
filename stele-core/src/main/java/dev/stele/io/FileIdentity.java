package dev.stele.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Identity of an existing file or directory, which a rename does not change: device and inode number. A process that
 * has a file open compares it with the file at the path to learn whether the path was removed or replaced meanwhile.
 * The number of a deleted file is not used again while a process has the file open. Immutable.
 *
 * @param key identity; equal for two paths of one file
 */
public record FileIdentity(Object key) {

    /** Returns the identity of the file at a path; empty if there is none or it cannot be determined. */
    public static Optional<FileIdentity> of(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            // Windows has no such key; there a file that is open cannot be replaced.
            Object key = attributes.fileKey() == null ? path.toAbsolutePath().normalize() : attributes.fileKey();
            return Optional.of(new FileIdentity(key));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns whether the file at a path is this file. */
    public boolean isAt(Path path) {
        return of(path).filter(this::equals).isPresent();
    }
}
