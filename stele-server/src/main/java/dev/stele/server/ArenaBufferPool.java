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
 * Buffer pool for Jetty that allocates from the server's arenas. Thread-safe.
 *
 * <p>Jetty does not state the purpose of a buffer, so the pool derives it from the size: buffers of {@code inputBytes}
 * bytes receive data and come from the REQUEST arena; all others come from the RESPONSE arena. When a budget is
 * exhausted, the pool allocates on the heap and the arena counts the fallback, because a connection in the middle of a
 * response can no longer be refused. Requests for heap buffers are served from the heap, because Jetty passes their
 * arrays to code that needs arrays, such as the inflater of WebSocket messages.
 */
final class ArenaBufferPool implements ByteBufferPool {

    private final TypedArena requests;
    private final TypedArena responses;
    private final int inputBytes;

    /**
     * @param inputBytes size of the buffers that receive data; no other buffer may have this size
     */
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
        buffer.limit(0); // Jetty expects an empty buffer and appends after its limit
        return RetainableByteBuffer.wrap(buffer, (Runnable) block::release);
    }

    @Override
    public void clear() {
        // The arenas belong to the process and keep their memory for other users.
    }
}
