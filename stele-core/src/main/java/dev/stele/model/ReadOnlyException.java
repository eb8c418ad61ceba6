package dev.stele.model;

/** A write was asked of memory that was opened read-only. */
public final class ReadOnlyException extends SteleException {
    public ReadOnlyException(String message) {
        super("read-only", message, null);
    }
}
