package dev.stele.arena;

import java.util.Locale;

/** What memory is for. Kinds share nothing but the process. */
public enum ArenaKind {
    /** What came in and lives as long as one request. */
    REQUEST,
    /** What goes out and lives as long as one response. */
    RESPONSE,
    /** What is kept to answer faster and could be made again. */
    CACHE,
    /** What lives as long as its server. */
    STATIC,
    /** What a background job or a batch needs. */
    TASK,
    /** All else. */
    GENERAL;

    /** The lower-case word used in JSON and in paths. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
