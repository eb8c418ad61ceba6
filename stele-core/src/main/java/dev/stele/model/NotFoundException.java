package dev.stele.model;

/** Thrown if the requested agent, session, message, note, user or other item does not exist. */
public final class NotFoundException extends SteleException {
    public NotFoundException(String message) {
        super("not-found", message, null);
    }

    /**
     * Returns the exception for a missing item of an agent.
     *
     * @param kind kind of the item, such as {@code message}
     * @param id id of the item
     */
    public static NotFoundException of(String kind, String id) {
        return new NotFoundException("There is no " + kind + " " + Json.write(id) + ".");
    }
}
