package dev.stele.model;

/** The agent, session, message, note or user that was asked for does not exist. */
public final class NotFoundException extends SteleException {
    public NotFoundException(String message) {
        super("not-found", message, null);
    }
}
