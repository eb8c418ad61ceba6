package dev.stele.model;

/** Thrown if the requested agent, session, message, note, user or other item does not exist. */
public final class NotFoundException extends SteleException {
    public NotFoundException(String message) {
        super("not-found", message, null);
    }
}
