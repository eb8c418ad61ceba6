package dev.stele.concurrent;

import dev.stele.model.StelePersistenceException;
import org.jspecify.annotations.Nullable;

/** Runs all steps of a close, whichever of them fail. Stateless. */
public final class Closing {

    private Closing() {}

    /**
     * Closes resources in the given order. Every resource is closed, also if others before it failed. The first
     * failure is thrown at the end, with the others suppressed in it.
     *
     * @param resources the resources; null for one that was never opened
     * @throws RuntimeException the first failure; a checked exception is wrapped in a {@link StelePersistenceException}
     */
    public static void closeAll(@Nullable AutoCloseable... resources) {
        closeAll(java.util.Arrays.asList(resources));
    }

    /** Closes resources in the given order; see {@link #closeAll(AutoCloseable...)}. */
    public static void closeAll(Iterable<? extends @Nullable AutoCloseable> resources) {
        Throwable first = null;
        for (AutoCloseable resource : resources) {
            Throwable failure = close(resource);
            if (first == null) {
                first = failure;
            } else if (failure != null && !failure.equals(first)) {
                first.addSuppressed(failure);
            }
        }
        switch (first) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new StelePersistenceException("Closing failed: " + first.getMessage(), first);
        }
    }

    /**
     * Closes resources after a failure, in which failures of closing are suppressed.
     *
     * @param failure the failure, which the caller throws
     */
    public static void closeAfter(Throwable failure, @Nullable AutoCloseable... resources) {
        for (AutoCloseable resource : resources) {
            Throwable another = close(resource);
            if (another != null && !another.equals(failure)) {
                failure.addSuppressed(another);
            }
        }
    }

    private static @Nullable Throwable close(@Nullable AutoCloseable resource) {
        if (resource == null) {
            return null;
        }
        try {
            resource.close();
            return null;
        } catch (Throwable e) { // whatever it is, the other resources are closed too
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return e;
        }
    }
}
