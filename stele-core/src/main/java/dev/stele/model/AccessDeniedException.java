package dev.stele.model;

/** Thrown if the caller may not perform an operation on an agent. The message says who may. */
public final class AccessDeniedException extends SteleException {

    private static final long serialVersionUID = 1L;

    public AccessDeniedException(String message) {
        super("access-denied", message, null);
    }
}
