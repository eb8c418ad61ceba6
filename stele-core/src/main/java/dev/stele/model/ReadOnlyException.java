package dev.stele.model;

/** Thrown if a write is requested from a memory that was opened read-only. */
public final class ReadOnlyException extends SteleException {
    public ReadOnlyException(String message) {
        super("read-only", message, null);
    }
}
