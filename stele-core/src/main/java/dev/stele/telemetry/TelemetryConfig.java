package dev.stele.telemetry;

import java.util.Optional;

/**
 * Settings of telemetry. Immutable.
 *
 * @param content whether observers may record the texts of queries and items ({@code telemetry.content})
 * @param observer the observer; empty for the one on the class path, if there is any
 */
public record TelemetryConfig(boolean content, Optional<OperationObserver> observer) {

    /** The observer on the class path, without texts. */
    public static final TelemetryConfig DEFAULT = new TelemetryConfig(false, Optional.empty());

    /** Returns settings with an observer that the caller supplies. */
    public static TelemetryConfig of(OperationObserver observer) {
        return new TelemetryConfig(false, Optional.of(observer));
    }
}
