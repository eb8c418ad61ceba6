package dev.stele.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of one kind in a process: bins of block sizes that are powers of two from 64 bytes to a quarter of a slab;
 * larger blocks are asked of the system one by one. Thread-safe.
 */
final class BlockPool {

    /**
     * Memory begins at a page, so that blocks begin at multiples of their size: two threads' share no line of a cache, and what is copied from a
     * multiple of 256 bytes is copied at twice the speed.
     */
    static final int PAGE = 4_096;

    private static final int MIN_SHIFT = 6;
    /** Few blocks of a size should not take much memory; many should not ask the system often. */
    private static final int BLOCKS_PER_SLAB = 16;

    private static final int MIN_SLAB = 1 << 16;

    private final SizeClass[] bins;
    private final ArenaOptions options;
    private final AtomicLong largeBytes = new AtomicLong();

    BlockPool(ArenaOptions options) {
        this.options = options;
        int largestShift = Integer.numberOfTrailingZeros(options.slabBytes()) - 2;
        this.bins = new SizeClass[largestShift - MIN_SHIFT + 1];
        for (int i = 0; i < bins.length; i++) {
            int blockBytes = 1 << (MIN_SHIFT + i);
            int slabBytes = Math.clamp(BLOCKS_PER_SLAB * (long) blockBytes, MIN_SLAB, options.slabBytes());
            bins[i] = new SizeClass(slabBytes, blockBytes, options.offHeap());
        }
    }

    /** Memory of a block and how it is given back. */
    record Piece(MemorySegment memory, boolean pooled, Runnable giveBack) {}

    /** The size of the block that so many bytes get. */
    long sizeFor(long bytes) {
        int bin = bin(bytes);
        if (bin >= 0) {
            return 1L << (MIN_SHIFT + bin);
        }
        return (bytes + PAGE - 1) & -PAGE;
    }

    private int bin(long bytes) {
        int shift = Math.max(MIN_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
        int bin = shift - MIN_SHIFT;
        return bin < bins.length ? bin : -1;
    }

    /** @throws OutOfMemoryError if the system refuses */
    Piece take(long bytes) {
        int number = bin(bytes);
        if (number < 0 || options.checked()) {
            return alone(sizeFor(bytes));
        }
        SizeClass bin = bins[number];
        SizeClass.Place place = bin.take();
        return new Piece(place.slab().block(place.number()), place.pooled(), () -> bin.giveBack(place));
    }

    private Piece alone(long size) {
        if (!options.offHeap()) {
            largeBytes.addAndGet(size);
            return new Piece(heap(size), false, () -> largeBytes.addAndGet(-size));
        }
        Arena lifetime = Arena.ofShared();
        try {
            MemorySegment memory = lifetime.allocate(size, PAGE);
            largeBytes.addAndGet(size);
            return new Piece(memory, false, () -> {
                lifetime.close();
                largeBytes.addAndGet(-size);
            });
        } catch (OutOfMemoryError e) {
            lifetime.close();
            throw e;
        }
    }

    /** Memory of the heap, outside the pool. */
    static MemorySegment heap(long size) {
        if (size > Integer.MAX_VALUE - 16L) {
            throw new OutOfMemoryError("the heap has no block of " + size + " bytes");
        }
        return MemorySegment.ofArray(new byte[(int) size]);
    }

    /** Books memory that is not ours but counts as resident; negative to take that back. */
    void elsewhere(long bytes) {
        largeBytes.addAndGet(bytes);
    }

    long trim() {
        long bytes = 0;
        for (SizeClass bin : bins) {
            bytes += bin.trim();
        }
        return bytes;
    }

    long resident() {
        long bytes = largeBytes.get();
        for (SizeClass bin : bins) {
            bytes += bin.resident();
        }
        return bytes;
    }
}
