package dev.stele.model;

/** The write contradicts what is stored: another version, an identifier or key already taken for something else. */
public final class ConflictException extends SteleException {
    public ConflictException(String message) {
        super("conflict", message, null);
    }
}
