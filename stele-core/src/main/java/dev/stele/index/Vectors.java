package dev.stele.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.arena.Block;
import dev.stele.arena.PastBudget;
import dev.stele.arena.TypedArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Vectors of one agent in memory of the CACHE kind, outside the heap. They are only ever added: a vector has a place, which
 * no other gets, so pictures of different moments share them and readers need no lock. Memory is given back by {@link #close},
 * when it is known that nobody reads, else when nothing refers to the whole any more. Thread-safe.
 */
final class Vectors implements AutoCloseable {

    /** The place of an item that has no vector. */
    static final int NONE = -1;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final int FIRST_CHUNK = 64;
    /** Chunks double up to this many vectors, so that an agent of few items takes little. */
    private static final int LARGEST_CHUNK = 1_024;

    private final TypedArena arena;
    private final Cleaner.Cleanable giveBack;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<Block> blocks;

    @GuardedBy("lock")
    private int used;

    @GuardedBy("lock")
    private int room;

    /** All chunks so far; replaced, never changed. A place that a reader knows lies in one that it sees. */
    private volatile MemorySegment[] chunks = {};

    /** 0 until the first vector says it; written once, under the lock. */
    private volatile int dimension;

    Vectors(TypedArena arena) {
        this.arena = arena;
        this.blocks = new ArrayList<>();
        List<Block> held = blocks;
        // Nobody touches the list any more when this runs.
        this.giveBack = CLEANER.register(this, () -> held.forEach(Block::release));
    }

    /** Adds a vector and returns its place. One of another dimension than the first gets {@link #NONE}. */
    int add(float[] vector) {
        lock.lock();
        try {
            if (dimension == 0) {
                dimension = vector.length;
            }
            if (vector.length != dimension) {
                return NONE;
            }
            if (used == room) {
                grow();
            }
            int place = used++;
            int chunk = chunkOf(place);
            MemorySegment.copy(
                    vector,
                    0,
                    chunks[chunk],
                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                    4L * dimension * (place - startOf(chunk)),
                    dimension);
            return place;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void grow() {
        int size = sizeOf(blocks.size());
        // Past the budget the heap serves: slower to collect, and counted, but no question fails for it.
        Block block = arena.allocateDirty(4L * dimension * size, PastBudget.USE_HEAP);
        blocks.add(block);
        MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
        more[chunks.length] = block.memory();
        chunks = more;
        room += size;
    }

    private static int sizeOf(int chunk) {
        return Math.min(LARGEST_CHUNK, FIRST_CHUNK << Math.min(chunk, 16));
    }

    /** The first place of a chunk. */
    private static int startOf(int chunk) {
        int doubling = Integer.numberOfTrailingZeros(LARGEST_CHUNK / FIRST_CHUNK);
        return chunk <= doubling
                ? FIRST_CHUNK * ((1 << chunk) - 1)
                : FIRST_CHUNK * ((1 << doubling) - 1) + LARGEST_CHUNK * (chunk - doubling);
    }

    private static int chunkOf(int place) {
        int doubling = Integer.numberOfTrailingZeros(LARGEST_CHUNK / FIRST_CHUNK);
        int doubled = FIRST_CHUNK * ((1 << doubling) - 1);
        return place < doubled
                ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros(place / FIRST_CHUNK + 1)
                : doubling + (place - doubled) / LARGEST_CHUNK;
    }

    /**
     * The cosine of the vectors at some places with a query, in their order; {@link Float#NaN} where there is none.
     *
     * @param query of unit length
     */
    float[] similarities(int[] places, float[] query) {
        var near = new float[places.length];
        MemorySegment[] all = chunks;
        boolean comparable = query.length == dimension;
        for (int i = 0; i < places.length; i++) {
            int place = places[i];
            if (place == NONE || !comparable) {
                near[i] = Float.NaN;
            } else {
                int chunk = chunkOf(place);
                near[i] = DotProduct.BEST.of(query, all[chunk], 4L * query.length * (place - startOf(chunk)));
            }
        }
        return near;
    }

    /** A copy of the vector at a place. */
    float[] get(int place) {
        var vector = new float[dimension];
        int chunk = chunkOf(place);
        MemorySegment.copy(
                chunks[chunk],
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                4L * dimension * (place - startOf(chunk)),
                vector,
                0,
                dimension);
        return vector;
    }

    /** How many vectors were added. */
    int size() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the memory back. Nobody may read or add any more. Idempotent. */
    @Override
    public void close() {
        giveBack.clean();
    }

    /** Bytes held. */
    long bytes() {
        long bytes = 0;
        for (MemorySegment chunk : chunks) {
            bytes += chunk.byteSize();
        }
        return bytes;
    }
}
