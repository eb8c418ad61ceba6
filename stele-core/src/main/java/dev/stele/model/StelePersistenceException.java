package dev.stele.model;

import org.jspecify.annotations.Nullable;

/** Thrown if the underlying store failed. The subclasses say how the failure can be resolved. */
public sealed class StelePersistenceException extends SteleException {

    /**
     * Creates an exception with the code {@code storage-failed}.
     *
     * @param message what happened, to what, and what to do next
     * @param cause underlying failure; null for none
     */
    public StelePersistenceException(String message, @Nullable Throwable cause) {
        this("storage-failed", message, cause);
    }

    StelePersistenceException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }

    /** Thrown if the disk is full or the configured size of an agent's database is reached. Existing data is intact. */
    public static final class Full extends StelePersistenceException {
        public Full(String message, @Nullable Throwable cause) {
            super("storage-full", message, cause);
        }
    }

    /** Thrown if the file is damaged or is no database. It has to be restored from a backup. */
    public static final class Corrupt extends StelePersistenceException {
        public Corrupt(String message, @Nullable Throwable cause) {
            super("storage-corrupt", message, cause);
        }
    }

    /** Thrown if a newer version of Stele wrote the database. This version has to be upgraded; nothing was changed. */
    public static final class NewerSchema extends StelePersistenceException {
        public NewerSchema(String message) {
            super("storage-newer", message, null);
        }
    }
}
