package dev.stele.arena;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All slabs of one kind and one block size. Its lock is held for moments only; memory is asked of the system and given
 * back outside it. Thread-safe.
 */
final class SizeClass {

    private final int slabBytes;
    private final int blockBytes;
    private final boolean offHeap;
    private final ReentrantLock lock = new ReentrantLock();

    /** Slabs with a free block; the first one serves. */
    @GuardedBy("lock")
    private final ArrayDeque<Slab> open = new ArrayDeque<>();

    @GuardedBy("lock")
    private long resident;

    SizeClass(int slabBytes, int blockBytes, boolean offHeap) {
        this.slabBytes = slabBytes;
        this.blockBytes = blockBytes;
        this.offHeap = offHeap;
    }

    /** A block of a slab; {@code pooled} tells whether its memory was there. */
    record Place(Slab slab, int number, boolean pooled) {}

    /** @throws OutOfMemoryError if the system refuses */
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

    /** Gives slabs without a block in use back to the system and returns their bytes. */
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

    long resident() {
        lock.lock();
        try {
            return resident;
        } finally {
            lock.unlock();
        }
    }
}
