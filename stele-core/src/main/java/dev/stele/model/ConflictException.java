package dev.stele.model;

/** The write contradicts what is stored: another version, an identifier or key already taken for something else. */
public final class ConflictException extends SteleException {

    public ConflictException(String message) {
        this("conflict", message);
    }

    private ConflictException(String code, String message) {
        super(code, message, null);
    }

    /** What was to be changed has another version than the caller has seen; its code is {@code version-conflict}. */
    public static ConflictException version(String message) {
        return new ConflictException("version-conflict", message);
    }
}
