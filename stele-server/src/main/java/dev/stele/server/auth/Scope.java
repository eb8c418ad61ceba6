package dev.stele.server.auth;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** Set of operations that an API key permits. Each scope includes those declared before it. */
public enum Scope {
    /** Read and recall. */
    READ,
    /** Create, change and delete the memory of an agent. */
    WRITE,
    /** Delete agents and administer the server. */
    ADMIN;

    /** Returns the name in lower case, as in settings and messages. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether this scope includes another one. */
    public boolean covers(Scope other) {
        return compareTo(other) >= 0;
    }

    /**
     * Returns the scope with a name.
     *
     * @param word name in lower case
     * @throws InvalidInputException if there is no such scope
     */
    public static Scope of(String word) {
        for (Scope scope : values()) {
            if (scope.label().equals(word)) {
                return scope;
            }
        }
        throw new InvalidInputException("The scope " + Json.write(word) + " is unknown; use read, write or admin.");
    }
}
