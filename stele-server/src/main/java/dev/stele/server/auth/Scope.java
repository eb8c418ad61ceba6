package dev.stele.server.auth;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;

/** What a key may do; each includes those before it. */
public enum Scope {
    /** Read and recall. */
    READ,
    /** Remember, change and forget what an agent remembers. */
    WRITE,
    /** Forget whole agents, and what concerns the server itself. */
    ADMIN;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean covers(Scope other) {
        return compareTo(other) >= 0;
    }

    public static Scope of(String word) {
        for (Scope scope : values()) {
            if (scope.word().equals(word)) {
                return scope;
            }
        }
        throw new InvalidInputException("The scope " + Json.write(word) + " is unknown; use read, write or admin.");
    }
}
