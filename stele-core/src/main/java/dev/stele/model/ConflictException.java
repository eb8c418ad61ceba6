package dev.stele.model;

/**
 * Thrown if a write contradicts what is stored: another version, or an identifier or key that is already in use for
 * another item.
 */
public final class ConflictException extends SteleException {

    public ConflictException(String message) {
        this("conflict", message);
    }

    private ConflictException(String code, String message) {
        super(code, message, null);
    }

    /**
     * Returns an exception for a version conflict: the item has another version than the caller expects. Its code is
     * {@code version-conflict}.
     *
     * @param message message for the caller
     */
    public static ConflictException version(String message) {
        return new ConflictException("version-conflict", message);
    }
}
