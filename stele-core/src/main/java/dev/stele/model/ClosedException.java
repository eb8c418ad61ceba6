package dev.stele.model;

/** Thrown if the memory was closed before or during the call. */
public final class ClosedException extends SteleException {
    public ClosedException(String message) {
        super("closed", message, null);
    }
}
