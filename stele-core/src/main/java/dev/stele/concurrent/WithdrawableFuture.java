package dev.stele.concurrent;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Future of work that {@link #cancel} withdraws, unless the work has begun: a future that could not be cancelled ends
 * with the result of the work. Thread-safe.
 *
 * @param <T> type of the result
 */
public final class WithdrawableFuture<T extends @Nullable Object> extends CompletableFuture<T> {

    private final BooleanSupplier withdrawal;

    /**
     * @param withdrawal withdraws the work and returns true, or returns false if it has begun
     */
    public WithdrawableFuture(BooleanSupplier withdrawal) {
        this.withdrawal = withdrawal;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return withdrawal.getAsBoolean() && super.cancel(mayInterruptIfRunning);
    }

    /** Futures that depend on this one withdraw nothing. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
