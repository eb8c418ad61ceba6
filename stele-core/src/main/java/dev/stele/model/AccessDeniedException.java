package dev.stele.model;

/** The caller may not do this with this agent; the message says who may. */
public final class AccessDeniedException extends SteleException {

    private static final long serialVersionUID = 1L;

    public AccessDeniedException(String message) {
        super("access-denied", message, null);
    }
}
