package dev.stele.telemetry;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Position in the trace of a remote caller, in the form of W3C Trace Context. A server binds it to the work of a
 * request by {@link #call}; an observer reads it by {@link #current}. Immutable.
 *
 * @param traceparent version, trace id, id of the caller's span and flags, as in the header {@code traceparent}
 * @param tracestate values of tracing systems, as in the header {@code tracestate}; empty if there are none
 */
public record TraceContext(String traceparent, String tracestate) {

    /** Maximum length of a {@code tracestate}; the standard requires systems to forward 512 characters. */
    private static final int MAX_STATE_CHARS = 512;

    private static final Pattern TRACEPARENT = Pattern.compile(
            "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]{0,100})?");
    private static final Pattern TRACESTATE = Pattern.compile("[ -~]{0," + MAX_STATE_CHARS + "}");

    private static final ScopedValue<TraceContext> CURRENT = ScopedValue.newInstance();

    /**
     * Reads the values that a caller sent. Invalid values are ignored, as the standard requires: a caller's tracing
     * never makes its request fail.
     *
     * @param traceparent value of {@code traceparent}; null if there is none
     * @param tracestate value of {@code tracestate}; null if there is none
     * @return the context; empty if there is no valid {@code traceparent}
     */
    public static Optional<TraceContext> parse(@Nullable Object traceparent, @Nullable Object tracestate) {
        if (!(traceparent instanceof String parent)
                || !TRACEPARENT.matcher(parent).matches()) {
            return Optional.empty();
        }
        String state =
                tracestate instanceof String text && TRACESTATE.matcher(text).matches() ? text : "";
        return Optional.of(new TraceContext(parent, state));
    }

    /** Returns the context that is bound to the current work; empty if there is none. */
    public static Optional<TraceContext> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /**
     * Runs work on the current thread with a context.
     *
     * @param <T> type of the result
     * @param context the context; empty to run the work as it is
     * @param work the work
     * @return the result of {@code work}
     * @throws Exception if {@code work} throws it
     */
    public static <T extends @Nullable Object> T call(Optional<TraceContext> context, Callable<T> work)
            throws Exception {
        return context.isEmpty()
                ? work.call()
                : ScopedValue.where(CURRENT, context.get()).call(work::call);
    }

    /**
     * Returns an executor whose tasks have the context of the thread that submits them.
     *
     * @param executor runs the tasks
     */
    public static Executor propagating(Executor executor) {
        return task -> {
            Optional<TraceContext> context = current();
            executor.execute(
                    context.isEmpty()
                            ? task
                            : () -> ScopedValue.where(CURRENT, context.get()).run(task));
        };
    }
}
