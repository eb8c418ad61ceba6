package dev.stele.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Contiguous memory that is divided into blocks of one size. The lock of the {@link SizeClass} that owns the slab
 * guards it; the memory of a block is not guarded and belongs to the owner of the block.
 */
final class Slab {

    private final Arena lifetime;
    private final MemorySegment memory;
    private final int blockBytes;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final int blocks;

    private Slab(Arena lifetime, MemorySegment memory, int blockBytes) {
        this.lifetime = lifetime;
        this.memory = memory;
        this.blockBytes = blockBytes;
        this.blocks = (int) (memory.byteSize() / blockBytes);
        for (int i = 0; i < blocks; i++) {
            free.add(i);
        }
    }

    /**
     * Allocates a slab.
     *
     * @param bytes size of the slab
     * @param blockBytes size of a block
     * @param offHeap whether the memory is outside the heap
     * @throws OutOfMemoryError if the system has no memory
     */
    static Slab make(int bytes, int blockBytes, boolean offHeap) {
        Arena lifetime = Arena.ofShared();
        try {
            return new Slab(
                    lifetime,
                    offHeap ? lifetime.allocate(bytes, BlockPool.PAGE) : MemorySegment.ofArray(new byte[bytes]),
                    blockBytes);
        } catch (OutOfMemoryError e) {
            lifetime.close();
            throw e;
        }
    }

    /**
     * Allocates a block.
     *
     * @return index of the block, or -1 if none is free
     */
    int take() {
        Integer block = free.pollLast(); // the block released last: its memory is likely in the processor cache
        return block == null ? -1 : block;
    }

    /** Marks a block as free. */
    void giveBack(int block) {
        free.addLast(block);
    }

    /** Returns the memory of a block. */
    MemorySegment block(int number) {
        return memory.asSlice((long) number * blockBytes, blockBytes);
    }

    boolean hasFree() {
        return !free.isEmpty();
    }

    boolean unused() {
        return free.size() == blocks;
    }

    long bytes() {
        return memory.byteSize();
    }

    /** Returns the memory to the system. No block of the slab may be in use. */
    void close() {
        lifetime.close();
    }
}
