package dev.stele.arena;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Block of memory of one kind. The owner must release it exactly once. A block may be passed between threads, but only
 * one thread may use its memory at a time. After release, {@link #memory()} throws; a segment obtained earlier must not
 * be used any more, and with {@link ArenaOptions#checked} its use throws too.
 */
public final class Block implements AutoCloseable {

    private static final VarHandle RELEASED;

    static {
        try {
            RELEASED = MethodHandles.lookup().findVarHandle(Block.class, "released", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TypedArena arena;
    private final Held held;
    /**
     * True after release. Set once by compare-and-set through {@link #RELEASED}, which decides which of two concurrent
     * releases comes first.
     */
    @SuppressWarnings("UnusedVariable")
    private volatile boolean released;

    private final @Nullable LeakDetector detector;

    /**
     * Memory of a block, stored apart from the block so that the memory can be returned after the block was lost.
     *
     * @param kind kind of memory
     * @param memory at least {@code asked} bytes
     * @param asked bytes that the caller requested
     * @param size bytes that were reserved, rounded up to the size of the block
     * @param onHeap whether the memory is on the heap as a fallback
     * @param giveBack returns the memory to its pool
     */
    record Held(ArenaKind kind, MemorySegment memory, long asked, long size, boolean onHeap, Runnable giveBack) {}

    Block(TypedArena arena, Held held, @Nullable LeakDetector detector) {
        this.arena = arena;
        this.held = held;
        this.detector = detector;
    }

    /**
     * Returns the memory, exactly as many bytes as were requested. New memory is zeroed unless it was allocated with
     * {@link TypedArena#allocateDirty}.
     *
     * @throws IllegalStateException if the block was released
     */
    public MemorySegment memory() {
        if (released) {
            throw new IllegalStateException("the %s block of %d bytes was released and must not be used any more"
                    .formatted(kind().label(), held.asked()));
        }
        return held.memory().asSlice(0, held.asked());
    }

    /**
     * Returns the memory as a byte buffer; at most 2 GiB.
     *
     * @throws IllegalStateException if the block was released
     */
    public ByteBuffer buffer() {
        return memory().asByteBuffer();
    }

    /** Returns the kind of memory. */
    public ArenaKind kind() {
        return held.kind();
    }

    /** Returns the number of bytes that were requested. */
    public long size() {
        return held.asked();
    }

    /** Returns whether the memory is on the heap because a budget was exhausted or the system had no memory. */
    public boolean onHeap() {
        return held.onHeap();
    }

    TypedArena arena() {
        return arena;
    }

    Held held() {
        return held;
    }

    /**
     * Returns the memory to its pool.
     *
     * @throws IllegalStateException if the block was released before
     */
    public void release() {
        if (!RELEASED.compareAndSet(this, false, true)) {
            throw new IllegalStateException(
                    "the %s block of %d bytes is released a second time".formatted(kind().label(), held.asked()));
        }
        try {
            if (detector == null || detector.settle()) {
                arena.returned(held, false);
            }
        } finally {
            // Keeps the block reachable, because the cleaner could otherwise report it as leaked during its release.
            Reference.reachabilityFence(this);
        }
    }

    /** Same as {@link #release}. */
    @Override
    public void close() {
        release();
    }
}
