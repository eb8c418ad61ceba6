package dev.stele.opentelemetry;

import dev.stele.telemetry.OperationObserver;
import dev.stele.telemetry.OperationObserverProvider;
import io.opentelemetry.api.GlobalOpenTelemetry;

/**
 * Provider that exports to {@link GlobalOpenTelemetry}, which the Java agent or the autoconfiguration of OpenTelemetry
 * sets. The SDK may be registered after the memory was opened.
 */
public final class GlobalOpenTelemetryProvider implements OperationObserverProvider {

    /** Creates the provider; called by the service loader. */
    public GlobalOpenTelemetryProvider() {}

    @Override
    public OperationObserver observer(boolean content) {
        return new DeferredObserver(content);
    }
}
