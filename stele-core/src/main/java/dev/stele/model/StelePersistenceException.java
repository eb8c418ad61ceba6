package dev.stele.model;

import org.jspecify.annotations.Nullable;

/** The store below failed. The subclasses say what a person can do about it. */
public sealed class StelePersistenceException extends SteleException {

    public StelePersistenceException(String message, @Nullable Throwable cause) {
        this("storage-failed", message, cause);
    }

    StelePersistenceException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }

    /** No room: the disk or the configured size of one agent's database is used up. Earlier data is whole. */
    public static final class Full extends StelePersistenceException {
        public Full(String message, @Nullable Throwable cause) {
            super("storage-full", message, cause);
        }
    }

    /** The file is damaged or is no database. Restore it from a backup. */
    public static final class Corrupt extends StelePersistenceException {
        public Corrupt(String message, @Nullable Throwable cause) {
            super("storage-corrupt", message, cause);
        }
    }

    /** A newer Stele wrote this database. Upgrade this one; nothing was touched. */
    public static final class NewerSchema extends StelePersistenceException {
        public NewerSchema(String message) {
            super("storage-newer", message, null);
        }
    }
}
