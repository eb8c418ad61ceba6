package dev.stele.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of one kind in a process: bins of block sizes that are powers of two from 64 bytes to a quarter of a slab;
 * larger blocks are asked of the system one by one. Thread-safe.
 */
final class Pool {

    /**
     * Memory begins at a page, so that blocks begin at multiples of their size: two threads' share no line of a cache, and what is copied from a
     * multiple of 256 bytes is copied at twice the speed.
     */
    static final int PAGE = 4_096;

    private static final int SMALLEST_SHIFT = 6;
    /** Few blocks of a size should not take much memory; many should not ask the system often. */
    private static final int BLOCKS_PER_SLAB = 16;

    private static final int LEAST_SLAB = 1 << 16;

    private final Bin[] bins;
    private final ArenaOptions options;
    private final AtomicLong largeBytes = new AtomicLong();

    Pool(ArenaOptions options) {
        this.options = options;
        int largestShift = Integer.numberOfTrailingZeros(options.slabBytes()) - 2;
        this.bins = new Bin[largestShift - SMALLEST_SHIFT + 1];
        for (int i = 0; i < bins.length; i++) {
            int blockBytes = 1 << (SMALLEST_SHIFT + i);
            int slabBytes = Math.clamp(BLOCKS_PER_SLAB * (long) blockBytes, LEAST_SLAB, options.slabBytes());
            bins[i] = new Bin(slabBytes, blockBytes, options.offHeap());
        }
    }

    /** Memory of a block and how it is given back. */
    record Piece(MemorySegment memory, boolean pooled, Runnable giveBack) {}

    /** The size of the block that so many bytes get. */
    long sizeFor(long bytes) {
        int bin = bin(bytes);
        if (bin >= 0) {
            return 1L << (SMALLEST_SHIFT + bin);
        }
        return (bytes + PAGE - 1) & -PAGE;
    }

    private int bin(long bytes) {
        int shift = Math.max(SMALLEST_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
        int bin = shift - SMALLEST_SHIFT;
        return bin < bins.length ? bin : -1;
    }

    /** @throws OutOfMemoryError if the system refuses */
    Piece take(long bytes) {
        int number = bin(bytes);
        if (number < 0 || options.checked()) {
            return alone(sizeFor(bytes));
        }
        Bin bin = bins[number];
        Bin.Place place = bin.take();
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
        for (Bin bin : bins) {
            bytes += bin.trim();
        }
        return bytes;
    }

    long resident() {
        long bytes = largeBytes.get();
        for (Bin bin : bins) {
            bytes += bin.resident();
        }
        return bytes;
    }
}
