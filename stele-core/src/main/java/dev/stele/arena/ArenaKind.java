package dev.stele.arena;

import java.util.Locale;

/** Purpose of memory. Kinds share nothing but the process: each has its own pool. */
public enum ArenaKind {
    /** Input that lives as long as one request. */
    REQUEST,
    /** Output that lives as long as one response. */
    RESPONSE,
    /** Cached data that speeds up answers and can be computed again. */
    CACHE,
    /** Data that lives as long as its server. */
    STATIC,
    /** Working memory of a background job or a batch. */
    TASK,
    /** Any other purpose. */
    GENERAL;

    /** Returns the lower-case name, which JSON and paths use. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
