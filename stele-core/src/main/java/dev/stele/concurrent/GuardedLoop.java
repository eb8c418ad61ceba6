package dev.stele.concurrent;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/**
 * Background thread that repeats one step until it is stopped, whatever the step throws. Every loop of a running
 * instance is one of these: a loop that ended with an exception would leave its work undone until the process restarts,
 * without a sign of it.
 *
 * <p>A step that throws anything, including an {@code Error}, is logged once for each kind of failure. The loop then
 * pauses, twice as long after each failure in a row, and goes on. Only {@link #stop} ends the loop: an interrupt ends
 * the current step, and the loop continues unless it was stopped. The caller closes the loop. Thread-safe.
 */
public final class GuardedLoop implements AutoCloseable {

    /** Pause after the first failure. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    /**
     * Maximum pause after a failure, unless a loop has another; short, because what failed may hold up the work of a
     * whole instance.
     */
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

    /** One round of a loop, including its wait for work. */
    public interface Step {
        /**
         * Runs the round.
         *
         * @param loop the loop, whose {@link GuardedLoop#await} the step uses to wait
         * @throws InterruptedException if the thread was interrupted; the loop continues unless it was stopped
         * @throws Exception any failure
         */
        void run(GuardedLoop loop) throws Exception;
    }

    private final String name;
    private final Step step;
    private final Duration maxPause;
    private final FailureLog failures;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    private GuardedLoop(
            String name,
            System.Logger log,
            BiFunction<String, Runnable, Thread> threads,
            Duration maxPause,
            Step step) {
        this.name = name;
        this.step = step;
        this.maxPause = maxPause;
        this.failures = new FailureLog(log);
        this.thread = threads.apply(name, this::work);
    }

    /**
     * Starts a loop on a new thread.
     *
     * @param name name of the thread, also for the log
     * @param log logger of the class that owns the loop
     * @param threads creates the unstarted thread from its name and its task, such as {@link BackgroundThreads#thread}
     * @param step the round that is repeated
     */
    public static GuardedLoop start(
            String name, System.Logger log, BiFunction<String, Runnable, Thread> threads, Step step) {
        return start(name, log, threads, MAX_PAUSE, step);
    }

    /**
     * Starts a loop on a new thread whose work must not wait long after a failure ends.
     *
     * @param name name of the thread, also for the log
     * @param log logger of the class that owns the loop
     * @param threads creates the unstarted thread from its name and its task
     * @param maxPause maximum pause after a failure
     * @param step the round that is repeated
     */
    public static GuardedLoop start(
            String name,
            System.Logger log,
            BiFunction<String, Runnable, Thread> threads,
            Duration maxPause,
            Step step) {
        var loop = new GuardedLoop(name, log, threads, maxPause, step);
        loop.thread.start();
        return loop;
    }

    private void work() {
        while (!isStopped()) {
            try {
                step.run(this);
                failures.succeeded(name);
            } catch (InterruptedException e) {
                // Another thread woke or stopped the loop; the condition checks which.
            } catch (Throwable e) { // an error that ended the loop would be worse than any that it survives
                pause(e);
            }
        }
    }

    private void pause(Throwable failure) {
        try {
            int count = isStopped() ? 1 : failures.failed(name, failure);
            long longest =
                    Math.min(maxPause.toMillis(), FIRST_PAUSE.toMillis() << Math.min(20, Math.max(0, count - 1)));
            await(Duration.ofMillis(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1)));
        } catch (Throwable e) {
            // Neither an interrupt nor a lack of memory for the log ends the loop.
        }
    }

    /**
     * Waits, on the thread of the loop, until the loop is stopped or the time is over.
     *
     * @return whether the loop was stopped
     * @throws InterruptedException if the thread was interrupted
     */
    public boolean await(Duration time) throws InterruptedException {
        return stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns whether the loop was stopped; a long step checks it between its parts. */
    public boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /** Ends the loop after the current step, without an interrupt. Does not wait. */
    public void stop() {
        stopped.countDown();
    }

    /** Wakes the thread from {@link LockSupport#park}. */
    public void unpark() {
        LockSupport.unpark(thread);
    }

    /** Interrupts the current step, for steps that wait elsewhere than in {@link #await}. */
    public void interrupt() {
        thread.interrupt();
    }

    /**
     * Waits for the end of a stopped loop. An interrupt does not end the wait; the thread is interrupted again
     * afterwards.
     *
     * @param maxWait maximum time
     * @return whether the loop ended in time
     */
    public boolean join(Duration maxWait) {
        if (Thread.currentThread().equals(thread)) {
            return false;
        }
        Deadline deadline = Deadline.in(maxWait);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return thread.join(Duration.ofNanos(Math.max(1, deadline.left())));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Stops the loop and waits for the end of the current step. Idempotent. */
    @Override
    public void close() {
        stop();
        join(Duration.ofDays(1));
    }
}
