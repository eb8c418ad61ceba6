package dev.stele.telemetry;

import dev.stele.telemetry.OperationObserver.RunningOperation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations under the eyes of an observer. Without an observer it only runs them. A failing observer is logged
 * once and never affects an operation. Thread-safe.
 */
public final class Telemetry {

    private static final System.Logger LOG = System.getLogger(Telemetry.class.getName());

    private static final OperationObserver.Activation INACTIVE = () -> {};

    private final @Nullable OperationObserver observer;
    /** Atomic, because any thread may meet the first failure. */
    private final AtomicBoolean failureLogged = new AtomicBoolean();

    /** @param config names the observer */
    public Telemetry(TelemetryConfig config) {
        this.observer = config.observer()
                .or(() -> OperationObserverProvider.find(config.content()))
                .orElse(null);
    }

    /**
     * Runs an operation on the current thread.
     *
     * @param <T> type of the result
     * @param start what is known of the operation; computed only if there is an observer
     * @param work the operation
     * @param outcome describes a result of the operation
     * @return the result of {@code work}
     */
    public <T> T call(
            Supplier<OperationStart> start, Supplier<T> work, Function<? super T, OperationOutcome.Succeeded> outcome) {
        RunningOperation running = start(start);
        if (running == null) {
            return work.get();
        }
        T result;
        OperationObserver.Activation activation = activate(running);
        try {
            result = work.get();
        } catch (Throwable e) { // whatever it is, the observer learns of it
            deactivate(activation);
            end(running, () -> new OperationOutcome.Failed(e));
            throw e;
        }
        deactivate(activation);
        end(running, () -> outcome.apply(result));
        return result;
    }

    /**
     * Starts an operation that ends on another thread.
     *
     * @param <T> type of the result
     * @param start what is known of the operation; computed only if there is an observer
     * @param work starts the operation
     * @param outcome describes a result of the operation
     * @return the future of {@code work}
     */
    public <T> CompletableFuture<T> submit(
            Supplier<OperationStart> start,
            Supplier<CompletableFuture<T>> work,
            Function<? super T, OperationOutcome.Succeeded> outcome) {
        RunningOperation running = start(start);
        if (running == null) {
            return work.get();
        }
        CompletableFuture<T> future;
        try {
            future = work.get();
        } catch (Throwable e) { // whatever it is, the observer learns of it
            end(running, () -> new OperationOutcome.Failed(e));
            throw e;
        }
        CompletableFuture<T> _ = future.whenComplete((result, failure) -> end(
                running, () -> failure == null ? outcome.apply(result) : new OperationOutcome.Failed(cause(failure))));
        return future;
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private @Nullable RunningOperation start(Supplier<OperationStart> start) {
        if (observer == null) {
            return null;
        }
        try {
            return observer.started(start.get());
        } catch (RuntimeException | LinkageError e) {
            log(e);
            return null;
        }
    }

    private OperationObserver.Activation activate(RunningOperation running) {
        try {
            return running.activate();
        } catch (RuntimeException | LinkageError e) {
            log(e);
            return INACTIVE;
        }
    }

    private void deactivate(OperationObserver.Activation activation) {
        try {
            activation.close();
        } catch (RuntimeException | LinkageError e) {
            log(e);
        }
    }

    private void end(RunningOperation running, Supplier<OperationOutcome> outcome) {
        try {
            running.ended(outcome.get());
        } catch (RuntimeException | LinkageError e) {
            log(e);
        }
    }

    private void log(Throwable failure) {
        if (failureLogged.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the observer of memory operations failed; operations go on, and later failures are not logged",
                    failure);
        }
    }
}
