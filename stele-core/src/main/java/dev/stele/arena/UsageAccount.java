package dev.stele.arena;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Accounting of the memory of one kind, for one account or the process: memory in use, counters and budget. One lock
 * guards all values, so that {@link #stats} is consistent; no other work happens under the lock. Thread-safe.
 */
final class UsageAccount {

    private final long budget;
    private final ReentrantLock lock = new ReentrantLock();
    /** Signaled by every release, for threads that wait for budget. */
    private final Condition budgetReleased = lock.newCondition();

    @GuardedBy("lock")
    private long allocated;

    @GuardedBy("lock")
    private long active;

    @GuardedBy("lock")
    private long peak;

    @GuardedBy("lock")
    private long allocations;

    @GuardedBy("lock")
    private long releases;

    @GuardedBy("lock")
    private long hits;

    @GuardedBy("lock")
    private long misses;

    @GuardedBy("lock")
    private long refusals;

    @GuardedBy("lock")
    private long heapFallbacks;

    @GuardedBy("lock")
    private long leaks;

    UsageAccount(long budget) {
        this.budget = budget;
    }

    /**
     * Reserves a block if the budget permits it, and waits for releases otherwise.
     *
     * @param asked bytes that the caller requested
     * @param size bytes of the block
     * @param waitNanos maximum waiting time in nanoseconds; 0 or less for none
     * @return true if the block was reserved
     */
    boolean reserve(long asked, long size, long waitNanos) throws InterruptedException {
        lock.lock();
        try {
            long remaining = waitNanos;
            while (active + size > budget) {
                if (remaining <= 0 || size > budget) {
                    return false;
                }
                remaining = budgetReleased.awaitNanos(remaining);
            }
            allocated += asked;
            active += size;
            peak = Math.max(peak, active);
            allocations++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Cancels a reservation, including its count, because the memory could not be allocated. */
    void unreserve(long asked, long size) {
        lock.lock();
        try {
            allocated -= asked;
            active -= size;
            allocations--;
            budgetReleased.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records the release of a block.
     *
     * @param leaked whether the block was lost without release
     */
    void released(long asked, long size, boolean leaked) {
        lock.lock();
        try {
            allocated -= asked;
            active -= size;
            releases++;
            if (leaked) {
                leaks++;
            }
            budgetReleased.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Records whether an allocation was served from pooled memory. */
    void served(boolean fromPool) {
        lock.lock();
        try {
            if (fromPool) {
                hits++;
            } else {
                misses++;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Records an allocation refused by a budget. */
    void refused() {
        lock.lock();
        try {
            refusals++;
        } finally {
            lock.unlock();
        }
    }

    /** Records an allocation served by the heap. */
    void fellBack() {
        lock.lock();
        try {
            heapFallbacks++;
        } finally {
            lock.unlock();
        }
    }

    /** Resets the counters. Memory in use stays reserved and counted, and the peak is set to its size. */
    void reset() {
        lock.lock();
        try {
            allocations -= releases;
            releases = 0;
            hits = 0;
            misses = 0;
            refusals = 0;
            heapFallbacks = 0;
            leaks = 0;
            peak = active;
        } finally {
            lock.unlock();
        }
    }

    long budget() {
        return budget;
    }

    /**
     * Returns the current statistics.
     *
     * @param resident resident bytes of the pool; negative to use the active bytes
     */
    ArenaStats stats(long resident) {
        lock.lock();
        try {
            return new ArenaStats(
                    allocated,
                    active,
                    resident < 0 ? active : resident,
                    peak,
                    budget,
                    allocations,
                    releases,
                    hits,
                    misses,
                    refusals,
                    heapFallbacks,
                    leaks);
        } finally {
            lock.unlock();
        }
    }
}
