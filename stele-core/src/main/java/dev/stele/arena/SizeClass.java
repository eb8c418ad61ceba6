package dev.stele.arena;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Slabs of one kind of memory and one block size. The lock is held only briefly; memory is requested from the system
 * and returned to it outside the lock. Thread-safe.
 */
final class SizeClass {

    private final int slabBytes;
    private final int blockBytes;
    private final boolean offHeap;
    private final ReentrantLock lock = new ReentrantLock();

    /** Slabs with at least one free block; allocations use the first slab. */
    @GuardedBy("lock")
    private final ArrayDeque<Slab> open = new ArrayDeque<>();

    @GuardedBy("lock")
    private long resident;

    SizeClass(int slabBytes, int blockBytes, boolean offHeap) {
        this.slabBytes = slabBytes;
        this.blockBytes = blockBytes;
        this.offHeap = offHeap;
    }

    /**
     * Allocated block of a slab.
     *
     * @param slab slab that contains the block
     * @param number index of the block in the slab
     * @param pooled whether the memory was already in the pool
     */
    record Place(Slab slab, int number, boolean pooled) {}

    /**
     * Allocates a block, from a new slab if no slab has a free block.
     *
     * @throws OutOfMemoryError if the system has no memory
     */
    Place take() {
        lock.lock();
        try {
            Slab slab = open.peekFirst();
            if (slab != null) {
                return take(slab, true);
            }
        } finally {
            lock.unlock();
        }
        Slab fresh = Slab.make(slabBytes, blockBytes, offHeap);
        lock.lock();
        try {
            resident += fresh.bytes();
            open.addLast(fresh);
            return take(fresh, false);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Place take(Slab slab, boolean pooled) {
        int number = slab.take();
        if (!slab.hasFree()) {
            open.remove(slab);
        }
        return new Place(slab, number, pooled);
    }

    /** Returns a block to its slab. */
    void giveBack(Place place) {
        lock.lock();
        try {
            if (!place.slab().hasFree()) {
                open.addFirst(place.slab());
            }
            place.slab().giveBack(place.number());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the slabs without a block in use to the system.
     *
     * @return number of bytes returned
     */
    long trim() {
        List<Slab> unused = new ArrayList<>();
        lock.lock();
        try {
            for (Slab slab : List.copyOf(open)) {
                if (slab.unused()) {
                    open.remove(slab);
                    unused.add(slab);
                    resident -= slab.bytes();
                }
            }
        } finally {
            lock.unlock();
        }
        unused.forEach(Slab::close);
        return unused.stream().mapToLong(Slab::bytes).sum();
    }

    /** Returns the total size of all slabs, in bytes. */
    long resident() {
        lock.lock();
        try {
            return resident;
        } finally {
            lock.unlock();
        }
    }
}
