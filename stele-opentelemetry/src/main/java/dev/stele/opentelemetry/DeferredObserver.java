package dev.stele.opentelemetry;

import dev.stele.telemetry.OperationObserver;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import io.opentelemetry.api.GlobalOpenTelemetry;
import org.jspecify.annotations.Nullable;

/**
 * Observer that observes nothing until an OpenTelemetry instance is registered globally. {@link GlobalOpenTelemetry#get}
 * would register an instance that does nothing, and a registration by the application would fail afterwards. Thread-safe.
 */
final class DeferredObserver implements OperationObserver {

    private static final RunningOperation UNOBSERVED = new RunningOperation() {
        @Override
        public Activation activate() {
            return () -> {};
        }

        @Override
        public void ended(OperationOutcome outcome) {
            // No instance is registered that could record the outcome.
        }
    };

    private final boolean content;
    /** Volatile, because any thread may find the registered instance; two that do make equal observers. */
    private volatile @Nullable OpenTelemetryObserver observer;

    DeferredObserver(boolean content) {
        this.content = content;
    }

    @Override
    public RunningOperation started(OperationStart start) {
        OpenTelemetryObserver registered = observer;
        if (registered == null) {
            if (!GlobalOpenTelemetry.isSet()) {
                return UNOBSERVED;
            }
            registered = new OpenTelemetryObserver(GlobalOpenTelemetry.get(), content);
            observer = registered;
        }
        return registered.started(start);
    }
}
