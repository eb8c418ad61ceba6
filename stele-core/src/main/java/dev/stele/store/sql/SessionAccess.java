package dev.stele.store.sql;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.concurrent.WorkBudget;
import dev.stele.model.LimitExceededException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Access of threads to the sessions on one connection. It lets code of a caller, which may compute for long or block,
 * run within a transaction for a limited time: the code runs on a thread of its own, and when the time is over, that
 * thread loses access to the connection, and the transaction can be rolled back at once. The thread cannot be stopped,
 * but it can no longer do harm. Thread-safe.
 */
final class SessionAccess {

    /** Held during each use of the connection, which takes as long as one statement. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Threads whose time is over. Changed while the lock is held. */
    private final Set<Thread> revoked = ConcurrentHashMap.newKeySet();

    /**
     * Begins a use of the connection by the current thread; {@link #exit} ends it.
     *
     * @throws LimitExceededException if the thread has lost its access
     */
    void enter() {
        lock.lock();
        try {
            requireAccess();
        } catch (LimitExceededException e) {
            lock.unlock();
            throw e;
        }
    }

    /** Checks, while the lock is held, that the current thread has not lost its access. */
    private void requireAccess() {
        if (!revoked.isEmpty()) {
            boolean late = revoked.contains(Thread.currentThread());
            revoked.removeIf(thread -> !thread.isAlive());
            if (late) {
                throw new LimitExceededException("The edit was ended because it took too long; it can change nothing.");
            }
        }
    }

    void exit() {
        lock.unlock();
    }

    /**
     * Runs code, which may be that of a caller and block, during a use of the connection, without keeping others from
     * the connection meanwhile.
     *
     * @throws LimitExceededException if the thread has lost its access meanwhile
     */
    boolean without(BooleanSupplier code) {
        exit();
        boolean result;
        try {
            result = code.getAsBoolean();
        } finally {
            lock.lock();
        }
        requireAccess();
        return result;
    }

    /**
     * Runs code of a caller on a thread of its own, and waits for it.
     *
     * @param maxTime maximum time
     * @param tooLong error if the time is over; the code has no access to the connection then
     */
    <T extends @Nullable Object> T call(Duration maxTime, Supplier<LimitExceededException> tooLong, Supplier<T> code) {
        Supplier<T> budgeted = WorkBudget.current()
                .<Supplier<T>>map(limits -> () -> WorkBudget.<Supplier<T>, T>apply(limits, Supplier::get, code))
                .orElse(code);
        var result = new CompletableFuture<T>();
        Thread thread = PlatformThreads.start("stele-edit", () -> {
            try {
                result.complete(budgeted.get());
            } catch (Throwable e) { // whatever it is, it is for the caller to see
                result.completeExceptionally(e);
            }
        });
        try {
            return await(result, maxTime);
        } catch (TimeoutException e) {
            thread.interrupt();
            lock.lock(); // waits for the end of the current statement
            try {
                revoked.add(thread);
            } finally {
                lock.unlock();
            }
            throw tooLong.get();
        }
    }

    /** Waits for a result. An interrupt does not end the wait; the thread is interrupted again afterwards. */
    private static <T extends @Nullable Object> T await(CompletableFuture<T> result, Duration maxTime)
            throws TimeoutException {
        long endNanos = System.nanoTime() + maxTime.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException failure -> throw failure;
                        case Error failure -> throw failure;
                        case null, default -> throw new IllegalStateException(e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
