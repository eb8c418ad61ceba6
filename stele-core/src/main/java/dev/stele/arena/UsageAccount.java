package dev.stele.arena;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The book of one kind, of an account or of the process: what is out, what was, and the budget. One lock guards all its
 * figures, so that a reading is consistent; nothing else happens under it. Thread-safe.
 */
final class UsageAccount {

    private final long budget;
    private final ReentrantLock lock = new ReentrantLock();
    /** Signalled by every release, for those who wait for room. */
    private final Condition room = lock.newCondition();

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

    /** Books a block if there is room for it, waiting for room at most so long; false if there is none. */
    boolean reserve(long asked, long size, long waitNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = waitNanos;
            while (active + size > budget) {
                if (left <= 0 || size > budget) {
                    return false;
                }
                left = room.awaitNanos(left);
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

    /** Takes a booking back as if it had not been: the memory could not be had. */
    void unreserve(long asked, long size) {
        lock.lock();
        try {
            allocated -= asked;
            active -= size;
            allocations--;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void released(long asked, long size, boolean leaked) {
        lock.lock();
        try {
            allocated -= asked;
            active -= size;
            releases++;
            if (leaked) {
                leaks++;
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

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

    void refused() {
        lock.lock();
        try {
            refusals++;
        } finally {
            lock.unlock();
        }
    }

    void fellBack() {
        lock.lock();
        try {
            heapFallbacks++;
        } finally {
            lock.unlock();
        }
    }

    /** Sets counts of the past to zero; what is out stays booked, and the peak begins at it. */
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

    /** @param resident what the pool holds, or negative to take what is active */
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
