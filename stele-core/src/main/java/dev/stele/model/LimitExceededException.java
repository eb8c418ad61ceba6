package dev.stele.model;

/** A configured limit would be passed; the message names the limit's key and its value. */
public final class LimitExceededException extends SteleException {
    public LimitExceededException(String message) {
        super("limit-exceeded", message, null);
    }
}
