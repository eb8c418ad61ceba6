package dev.stele.io;

import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Objects;

/** Converts failures of file access to exceptions whose messages users can read. Stateless. */
public final class FileErrors {

    private FileErrors() {}

    /**
     * Returns the exception for a failed operation on files; {@link StelePersistenceException.Full} if the disk is
     * full.
     *
     * @param operation the failed operation, as a sentence without its full stop, such as {@code The backup x could not
     *     be written}
     * @param failure the cause
     */
    public static StelePersistenceException of(String operation, IOException failure) {
        String reason = reason(failure);
        String message = operation + ": " + reason;
        String lower = reason.toLowerCase(Locale.ROOT);
        if (lower.startsWith("no space left") || lower.startsWith("disk quota")) {
            return new StelePersistenceException.Full(
                    message + ". Earlier data is intact; free space, then try again.", failure);
        }
        if (lower.startsWith("too many open files")) {
            return new StelePersistenceException(
                    message + ". Try again, or raise the maximum number of open files of the process (ulimit -n).",
                    failure);
        }
        return new StelePersistenceException(message + ".", failure);
    }

    /**
     * Returns the failed access of an exception that may wrap it.
     *
     * @throws IllegalArgumentException if the exception is neither of the two
     */
    public static IOException cause(Exception failure) {
        return switch (failure) {
            case IOException access -> access;
            case UncheckedIOException wrapper -> Objects.requireNonNull(wrapper.getCause());
            default -> throw new IllegalArgumentException("not a failure of an access", failure);
        };
    }

    /**
     * Returns the reason of a failure without class names, and with the file that the failure concerns if it is known.
     */
    public static String reason(IOException failure) {
        if (!(failure instanceof FileSystemException error)) {
            return failure.getMessage() == null ? "the file system gives no reason" : failure.getMessage();
        }
        String reason = error.getReason() != null && !error.getReason().isBlank()
                ? error.getReason()
                : switch (error) {
                    case AccessDeniedException _ -> "access is denied";
                    case NoSuchFileException _ -> "there is no such file";
                    case FileAlreadyExistsException _ -> "a file of that name already exists";
                    case DirectoryNotEmptyException _ -> "the directory is not empty";
                    case NotDirectoryException _ -> "it is not a directory";
                    default -> "the file system gives no reason";
                };
        return error.getFile() == null ? reason : reason + " (" + error.getFile() + ")";
    }
}
