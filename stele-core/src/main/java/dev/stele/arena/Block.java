package dev.stele.arena;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of memory of one kind, to be released exactly once. May be handed from thread to thread; its memory is for one
 * of them at a time. After release {@link #memory()} fails; memory obtained before must not be used any more, and with
 * {@link ArenaOptions#checked} fails too.
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
    /** Changed once, by compare and set through {@link #RELEASED}: that decides which of two releases was first. */
    @SuppressWarnings("UnusedVariable")
    private volatile boolean released;

    private final @Nullable LeakDetector watch;

    /** What a block holds, apart from the block, so that it can still be given back when the block was lost. */
    record Held(ArenaKind kind, MemorySegment memory, long asked, long size, boolean onHeap, Runnable giveBack) {}

    Block(TypedArena arena, Held held, @Nullable LeakDetector watch) {
        this.arena = arena;
        this.held = held;
        this.watch = watch;
    }

    /** The memory, as many bytes as were asked for; all zero when it is new. */
    public MemorySegment memory() {
        if (released) {
            throw new IllegalStateException("the %s block of %d bytes was released and must not be used any more"
                    .formatted(kind().word(), held.asked()));
        }
        return held.memory().asSlice(0, held.asked());
    }

    /** The memory as a buffer, at most 2 GiB. */
    public ByteBuffer buffer() {
        return memory().asByteBuffer();
    }

    public ArenaKind kind() {
        return held.kind();
    }

    /** Bytes asked for. */
    public long size() {
        return held.asked();
    }

    /** Whether it is of the heap, because a budget was used up or the system refused. */
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
     * Gives the memory back.
     *
     * @throws IllegalStateException if that was done before
     */
    public void release() {
        if (!RELEASED.compareAndSet(this, false, true)) {
            throw new IllegalStateException(
                    "the %s block of %d bytes is released a second time".formatted(kind().word(), held.asked()));
        }
        try {
            if (watch == null || watch.settle()) {
                arena.returned(held, false);
            }
        } finally {
            // Or the collector might take this block for lost while it is being released.
            Reference.reachabilityFence(this);
        }
    }

    /** {@link #release}. */
    @Override
    public void close() {
        release();
    }
}
