package dev.stele.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pool of the memory of one kind in a process. Block sizes are powers of two from 64 bytes to a quarter of a slab, each
 * with its own {@link SizeClass}; larger blocks are requested from the system individually. Thread-safe.
 */
final class BlockPool {

    /**
     * Alignment of memory in bytes, one page. Blocks therefore begin at multiples of their size: blocks of two threads
     * share no cache line, and a copy from a multiple of 256 bytes runs at twice the speed.
     */
    static final int PAGE = 4_096;

    /** Binary logarithm of the smallest block size in bytes. */
    private static final int MIN_SHIFT = 6;
    /**
     * Number of blocks per slab: low enough that few blocks of a size use little memory, high enough that many blocks
     * need few system requests.
     */
    private static final int BLOCKS_PER_SLAB = 16;

    /** Minimum size of a slab, in bytes. */
    private static final int MIN_SLAB = 1 << 16;

    private final SizeClass[] sizeClasses;
    private final ArenaOptions options;
    private final AtomicLong largeBytes = new AtomicLong();

    BlockPool(ArenaOptions options) {
        this.options = options;
        int largestShift = Integer.numberOfTrailingZeros(options.slabBytes()) - 2;
        this.sizeClasses = new SizeClass[largestShift - MIN_SHIFT + 1];
        for (int i = 0; i < sizeClasses.length; i++) {
            int blockBytes = 1 << (MIN_SHIFT + i);
            int slabBytes = Math.clamp(BLOCKS_PER_SLAB * (long) blockBytes, MIN_SLAB, options.slabBytes());
            sizeClasses[i] = new SizeClass(slabBytes, blockBytes, options.offHeap());
        }
    }

    /**
     * Memory of a block.
     *
     * @param memory at least the requested number of bytes
     * @param pooled whether the memory was already in the pool
     * @param giveBack returns the memory to the pool or the system
     */
    record Piece(MemorySegment memory, boolean pooled, Runnable giveBack) {}

    /** Returns the size of the block that serves a request, in bytes. */
    long sizeFor(long bytes) {
        int index = bin(bytes);
        if (index >= 0) {
            return 1L << (MIN_SHIFT + index);
        }
        return (bytes + PAGE - 1) & -PAGE;
    }

    /** Returns the index of the size class for a request, or -1 if the request exceeds the largest class. */
    private int bin(long bytes) {
        int shift = Math.max(MIN_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
        int index = shift - MIN_SHIFT;
        return index < sizeClasses.length ? index : -1;
    }

    /**
     * Allocates memory for a block.
     *
     * @param bytes requested size, at least 1
     * @throws OutOfMemoryError if the system has no memory
     */
    Piece take(long bytes) {
        int index = bin(bytes);
        if (index < 0 || options.checked()) {
            return alone(sizeFor(bytes));
        }
        SizeClass sizeClass = sizeClasses[index];
        SizeClass.Place place = sizeClass.take();
        return new Piece(place.slab().block(place.number()), place.pooled(), () -> sizeClass.giveBack(place));
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

    /**
     * Allocates memory on the heap, outside the pool.
     *
     * @throws OutOfMemoryError if the size exceeds the maximum length of an array or the free heap
     */
    static MemorySegment heap(long size) {
        if (size > Integer.MAX_VALUE - 16L) {
            throw new OutOfMemoryError("the heap has no block of " + size + " bytes");
        }
        return MemorySegment.ofArray(new byte[(int) size]);
    }

    /** Adds memory that is allocated elsewhere to the resident bytes; a negative size subtracts it. */
    void elsewhere(long bytes) {
        largeBytes.addAndGet(bytes);
    }

    /**
     * Returns free slabs to the system.
     *
     * @return number of bytes returned
     */
    long trim() {
        long bytes = 0;
        for (SizeClass sizeClass : sizeClasses) {
            bytes += sizeClass.trim();
        }
        return bytes;
    }

    /** Returns the resident bytes, memory allocated elsewhere included. */
    long resident() {
        long bytes = largeBytes.get();
        for (SizeClass sizeClass : sizeClasses) {
            bytes += sizeClass.resident();
        }
        return bytes;
    }
}
