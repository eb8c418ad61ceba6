package dev.stele.model;

import java.util.Optional;

/** Thrown if the requested agent, session, message, note, user or other item does not exist. */
public final class NotFoundException extends SteleException {
    public NotFoundException(String message) {
        super("not-found", message, null);
    }

    /**
     * Returns an item, or throws if it is missing.
     *
     * @param kind kind of the item, such as {@code message}
     * @param id id of the item
     * @param item the item; empty if there is none of that id
     * @throws NotFoundException if {@code item} is empty
     */
    public static <T> T require(String kind, String id, Optional<T> item) {
        return item.orElseThrow(() -> of(kind, id));
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
