package dev.stele.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * A piece of memory cut into blocks of one size. Guarded by the lock of the bin it belongs to, but for its memory, which
 * belongs to whoever holds a block of it.
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

    /** A slab outside the heap, or on it. */
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

    /** The number of a free block, or -1. */
    int take() {
        Integer block = free.pollLast(); // the one last given back: its memory is still in the processor's cache
        return block == null ? -1 : block;
    }

    void giveBack(int block) {
        free.addLast(block);
    }

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

    /** Gives the memory back to the system; no block of it may be out. */
    void close() {
        lifetime.close();
    }
}
