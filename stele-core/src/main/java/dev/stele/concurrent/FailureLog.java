package dev.stele.concurrent;

import dev.stele.model.SteleException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Log of failures that may repeat: a failure of background work is logged as a warning once for each subject and kind,
 * its repetitions at debug level, and the end of the failures once. A full disk therefore does not fill the log.
 * Thread-safe.
 */
public final class FailureLog {

    /** Time after which a failure that lasts is logged as a warning again. */
    private static final Duration REMINDER_INTERVAL = Duration.ofMinutes(10);

    /** Maximum number of subjects; with more, failures are logged as if they were new. */
    private static final int MAX_SUBJECTS = 1_000;

    private final System.Logger log;
    private final ConcurrentHashMap<String, Failures> failing = new ConcurrentHashMap<>();

    /**
     * Failures of a subject since its last success.
     *
     * @param kind kind of the latest failure
     * @param count number of failures in a row
     * @param loggedNanos when the latest warning was logged, in the time of {@link System#nanoTime}
     */
    private record Failures(String kind, int count, long loggedNanos) {}

    /** @param log logger of the class whose work is observed */
    public FailureLog(System.Logger log) {
        this.log = log;
    }

    /**
     * Logs a failure.
     *
     * @param subject the work that failed, such as {@code maintenance of agent kira}
     * @param failure the cause
     * @return number of failures in a row, from 1
     */
    public int failed(String subject, Throwable failure) {
        String kind = failure.getClass().getName();
        long now = System.nanoTime();
        if (failing.size() >= MAX_SUBJECTS && !failing.containsKey(subject)) {
            failing.clear();
        }
        Failures current = failing.compute(subject, (_, before) -> {
            boolean repeated = before != null
                    && before.kind().equals(kind)
                    && now - before.loggedNanos() < REMINDER_INTERVAL.toNanos();
            return new Failures(kind, before == null ? 1 : before.count() + 1, repeated ? before.loggedNanos() : now);
        });
        System.Logger.Level level =
                current.loggedNanos() == now ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG;
        // The stack trace of a foreseen failure tells nothing that its message does not.
        @Nullable Throwable trace = failure instanceof SteleException ? null : failure;
        log.log(
                level,
                () -> subject + " failed and is tried again later: "
                        + (failure instanceof SteleException ? failure.getMessage() : failure.toString()),
                trace);
        return current.count();
    }

    /** Logs that a subject works again, if it failed before. */
    public void succeeded(String subject) {
        if (failing.isEmpty()) {
            return;
        }
        Failures before = failing.remove(subject);
        if (before != null) {
            log.log(
                    System.Logger.Level.INFO,
                    () -> subject + " works again after " + before.count()
                            + (before.count() == 1 ? " failure" : " failures"));
        }
    }

    /** Forgets the failures of a subject that exists no longer. */
    public void removed(String subject) {
        failing.remove(subject);
    }
}
