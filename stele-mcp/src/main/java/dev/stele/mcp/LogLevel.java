package dev.stele.mcp;

import java.util.Locale;
import java.util.Optional;

/** Levels of log messages to a client, the severities of syslog (RFC 5424), lowest first. */
enum LogLevel {
    DEBUG,
    INFO,
    NOTICE,
    WARNING,
    ERROR,
    CRITICAL,
    ALERT,
    EMERGENCY;

    /** Name of the level in the protocol. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the level with a name of the protocol; empty if there is none. */
    static Optional<LogLevel> of(String label) {
        for (LogLevel level : values()) {
            if (level.label().equals(label)) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }
}
