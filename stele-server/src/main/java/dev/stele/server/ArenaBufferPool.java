package dev.stele.server;

import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Block;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.TypedArena;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;

/**
 * Jetty's buffers from our arenas. Jetty does not say what a buffer is for; its size does: what is read from connections
 * comes in buffers of one size, which is REQUEST, and all else is RESPONSE. Past a budget it takes the heap, which is safe
 * and counted: a connection in the middle of an answer cannot be refused any more, a new request can and is. Where Jetty
 * asks for a buffer on the heap it gets one, since it hands the array to code that knows no other memory, such as the
 * inflater of WebSocket messages.
 */
final class ArenaBufferPool implements ByteBufferPool {

    private final TypedArena requests;
    private final TypedArena responses;
    private final int inputBytes;

    ArenaBufferPool(ArenaAccount account, int inputBytes) {
        this.requests = account.arena(ArenaKind.REQUEST);
        this.responses = account.arena(ArenaKind.RESPONSE);
        this.inputBytes = inputBytes;
    }

    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
        if (size <= 0) {
            return RetainableByteBuffer.wrap(ByteBuffer.allocate(0));
        }
        if (!direct) {
            return RetainableByteBuffer.wrap(ByteBuffer.allocate(size).limit(0));
        }
        TypedArena arena = size == inputBytes ? requests : responses;
        Block block = arena.allocateDirty(size, OverBudgetPolicy.USE_HEAP);
        ByteBuffer buffer = block.buffer();
        buffer.limit(0); // Jetty's buffers begin empty and are filled behind their limit
        return RetainableByteBuffer.wrap(buffer, (Runnable) block::release);
    }

    @Override
    public void clear() {
        // The pools belong to the process; what this server used serves the next one.
    }
}
