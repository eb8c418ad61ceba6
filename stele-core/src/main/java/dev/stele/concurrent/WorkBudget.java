package dev.stele.concurrent;

import dev.stele.model.Durations;
import dev.stele.model.LimitExceededException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is left of the {@link WorkLimits} of the work that the current thread does.
 *
 * <p>Code whose running time depends on input (a query, a regular expression, a walk through the graph, a parser) calls
 * {@link #checkpoint()} in its loops; past a limit the call throws, and the work ends without a trace. A checkpoint
 * outside {@link #call} checks for interruption only, so the same code serves callers that set no limits.
 *
 * <p>Processor time and allocation are those of the calling thread, so they are checked on platform threads only: the
 * JVM counts neither for virtual threads. Each instance belongs to the thread that created it.
 */
public final class WorkBudget {

    private static final ScopedValue<WorkBudget> CURRENT = ScopedValue.newInstance();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Number of checkpoints between two looks at the clocks of the operating system, which cost a system call each. */
    private static final int CHECKPOINTS_PER_MEASUREMENT = 16;

    private final WorkLimits limits;
    private final boolean measured;
    private final long startNanos = System.nanoTime();
    /** Taken by the first measurement, which short work never comes to. */
    private long startCpuNanos = -1;

    private long startAllocatedBytes;
    private int checkpoints;

    private WorkBudget(WorkLimits limits) {
        this.limits = limits;
        this.measured = !Thread.currentThread().isVirtual();
    }

    /** Runs work on the current thread within limits; a limit that the caller's own work has applies no longer. */
    public static <T extends @Nullable Object> T call(WorkLimits limits, Callable<T> work) throws Exception {
        return ScopedValue.where(CURRENT, new WorkBudget(limits)).call(work::call);
    }

    /**
     * Checks the limits of the current work. Cheap enough for every few hundred steps of a loop.
     *
     * @throws LimitExceededException if a limit is exceeded or the thread was interrupted; the message names the limit
     */
    public static void checkpoint() {
        if (CURRENT.isBound()) {
            CURRENT.get().check();
        } else if (Thread.currentThread().isInterrupted()) {
            throw cancelled();
        }
    }

    /** {@link #call} of a function that throws nothing checked. */
    public static <A, T extends @Nullable Object> T apply(WorkLimits limits, Function<? super A, T> work, A argument) {
        return ScopedValue.where(CURRENT, new WorkBudget(limits)).call(() -> work.apply(argument));
    }

    /** Limits of the current work with the wall-clock time that is left of it, for work handed to another thread. */
    public static Optional<WorkLimits> current() {
        if (!CURRENT.isBound()) {
            return Optional.empty();
        }
        WorkBudget budget = CURRENT.get();
        long left = budget.limits.time().toNanos() - (System.nanoTime() - budget.startNanos);
        return Optional.of(budget.limits.withTime(Duration.ofNanos(Math.max(1, left))));
    }

    private void check() {
        if (System.nanoTime() - startNanos > limits.time().toNanos()) {
            throw tooLong(limits);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw cancelled();
        }
        if (measured && ++checkpoints % CHECKPOINTS_PER_MEASUREMENT == 0) {
            measure();
        }
    }

    private void measure() {
        if (startCpuNanos < 0) {
            startCpuNanos = THREADS.getCurrentThreadCpuTime();
            startAllocatedBytes = THREADS.getCurrentThreadAllocatedBytes();
            return;
        }
        if (THREADS.getCurrentThreadCpuTime() - startCpuNanos > limits.cpuTime().toNanos()) {
            throw new LimitExceededException(
                    "The request used more than %s of processor time (limits.request-cpu-time). Nothing was changed; ask for less."
                            .formatted(Durations.text(limits.cpuTime())));
        }
        if (THREADS.getCurrentThreadAllocatedBytes() - startAllocatedBytes > limits.allocatedBytes()) {
            throw new LimitExceededException(
                    "The request allocated more than %d bytes of memory (limits.request-allocation). Nothing was changed; ask for less."
                            .formatted(limits.allocatedBytes()));
        }
    }

    /** The error for work that took longer than its wall-clock limit. */
    public static LimitExceededException tooLong(WorkLimits limits) {
        return new LimitExceededException(
                "The request took longer than %s (limits.request-time). Ask for less, or try again when less is going on."
                        .formatted(Durations.text(limits.time())));
    }

    private static LimitExceededException cancelled() {
        return new LimitExceededException("The request was cancelled.");
    }
}
