package dev.stele.model;

/** Thrown if an operation would exceed a configured limit. The message contains the key and the value of the limit. */
public final class LimitExceededException extends SteleException {
    public LimitExceededException(String message) {
        super("limit-exceeded", message, null);
    }
}
