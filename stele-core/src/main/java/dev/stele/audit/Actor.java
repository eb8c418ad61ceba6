package dev.stele.audit;

import java.util.Optional;

/**
 * Who acts on a memory. Immutable.
 *
 * @param surface surface through which the actor reaches the memory
 * @param key id of the API key; empty for a caller without a key
 * @param label label of the key at that time; empty without a key
 * @param account account of the operating system that runs the process of the actor; empty for a caller over HTTP,
 *     whose account is unknown
 */
public record Actor(Surface surface, Optional<String> key, Optional<String> label, Optional<String> account) {

    /** Returns a caller over HTTP. */
    public static Actor overHttp(Surface surface, Optional<String> key, Optional<String> label) {
        return new Actor(surface, key, label, Optional.empty());
    }

    /** Returns the account that runs this process. */
    public static Actor ofProcess(Surface surface) {
        return new Actor(surface, Optional.empty(), Optional.empty(), Optional.of(System.getProperty("user.name", "")));
    }
}
