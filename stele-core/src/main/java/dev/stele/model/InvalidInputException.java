package dev.stele.model;

/**
 * Thrown if the input of the caller is invalid: a malformed name, an unknown role, a number out of range. Nothing was
 * written.
 */
public final class InvalidInputException extends SteleException {
    public InvalidInputException(String message) {
        super("invalid-input", message, null);
    }
}
