package dev.stele.arena;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** One kind of one account: where blocks come from. Thread-safe. */
public final class TypedArena {

    private final ArenaKind kind;
    private final String owner;
    private final BlockPool pool;
    private final UsageAccount process;
    private final UsageAccount own;
    private final ArenaOptions options;
    private final AllocationProfiler profile;
    private final AtomicBoolean closed;
    /** Counts to the next block that is watched for being lost. */
    private final AtomicLong made = new AtomicLong();

    TypedArena(
            ArenaKind kind,
            String owner,
            BlockPool pool,
            UsageAccount process,
            UsageAccount own,
            ArenaOptions options,
            AllocationProfiler profile,
            AtomicBoolean closed) {
        this.kind = kind;
        this.owner = owner;
        this.pool = pool;
        this.process = process;
        this.own = own;
        this.options = options;
        this.profile = profile;
        this.closed = closed;
    }

    public ArenaKind kind() {
        return kind;
    }

    String owner() {
        return owner;
    }

    /** A block of so many bytes, all zero; {@link OverBudgetPolicy#FAIL} if there is no room. */
    public Block allocate(long bytes) {
        return allocate(bytes, OverBudgetPolicy.FAIL);
    }

    /**
     * A block of so many bytes, all zero.
     *
     * @param bytes at least 1
     * @throws IllegalArgumentException if the size is not positive, or beyond what any memory has
     * @throws ArenaExhaustedException if a budget is used up and the caller wanted an error
     * @throws IllegalStateException if the account is closed
     */
    public Block allocate(long bytes, OverBudgetPolicy past) {
        Block block = take(bytes, past);
        block.held().memory().fill((byte) 0);
        return block;
    }

    /** A block whose memory may hold what an earlier block of this kind held; for those who write before they read. */
    public Block allocateDirty(long bytes, OverBudgetPolicy past) {
        return take(bytes, past);
    }

    private void checkSize(long bytes) {
        if (bytes < 1 || bytes > Long.MAX_VALUE / 4) {
            throw new IllegalArgumentException("a %s block of %d bytes cannot be; ask for 1 to %d"
                    .formatted(kind.word(), bytes, Long.MAX_VALUE / 4));
        }
        if (closed.get()) {
            throw new IllegalStateException(
                    "the account of " + owner + " is closed; no " + kind.word() + " block is left to give");
        }
    }

    private Block take(long bytes, OverBudgetPolicy past) {
        checkSize(bytes);
        long size = pool.sizeFor(bytes);
        if (!reserve(bytes, size, past)) {
            if (past instanceof OverBudgetPolicy.UseHeap) {
                return onHeap(bytes, size);
            }
            throw refused(bytes);
        }
        profile.allocated(kind, owner, bytes);
        try {
            BlockPool.Piece piece = pool.take(bytes);
            process.served(piece.pooled());
            own.served(piece.pooled());
            return watched(new Block.Held(kind, piece.memory(), bytes, size, false, piece.giveBack()));
        } catch (OutOfMemoryError e) {
            own.unreserve(bytes, size);
            process.unreserve(bytes, size);
            return onHeap(bytes, size); // the system refuses; the heap may still have room, and says so if not
        }
    }

    private ArenaExhaustedException refused(long bytes) {
        process.refused();
        own.refused();
        var event = new JfrEvents.Refusal();
        event.concerns(kind, owner, bytes);
        event.commit();
        return new ArenaExhaustedException(
                kind,
                "no room for a %s block of %d bytes for %s: %d of %d bytes of its budget and %d of %d of the process's are in use"
                        .formatted(
                                kind.word(),
                                bytes,
                                owner,
                                own.stats(-1).active(),
                                own.budget(),
                                process.stats(-1).active(),
                                process.budget()));
    }

    /**
     * Books memory that lives elsewhere, such as on the heap, so that budget and figures include it.
     *
     * @param bytes at least 1
     * @param past {@link OverBudgetPolicy.UseHeap} is as {@link OverBudgetPolicy.Fail} here
     * @throws ArenaExhaustedException if a budget is used up
     * @throws IllegalStateException if the account is closed
     */
    public Reservation charge(long bytes, OverBudgetPolicy past) {
        checkSize(bytes);
        if (!reserve(bytes, bytes, past)) {
            throw refused(bytes);
        }
        profile.allocated(kind, owner, bytes);
        pool.elsewhere(bytes);
        return new Reservation(this, bytes);
    }

    void discharged(long bytes) {
        pool.elsewhere(-bytes);
        own.released(bytes, bytes, false);
        process.released(bytes, bytes, false);
    }

    private boolean reserve(long bytes, long size, OverBudgetPolicy past) {
        long wait = past instanceof OverBudgetPolicy.Await await ? await.most().toNanos() : 0;
        long end = System.nanoTime() + wait;
        try {
            if (!own.reserve(bytes, size, wait)) {
                return false;
            }
            boolean both = false;
            try {
                both = process.reserve(bytes, size, wait == 0 ? 0 : Math.max(0, end - System.nanoTime()));
            } finally {
                if (!both) {
                    own.unreserve(bytes, size);
                }
            }
            return both;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Block onHeap(long bytes, long size) {
        MemorySegment memory = BlockPool.heap(bytes);
        process.fellBack();
        own.fellBack();
        return watched(new Block.Held(kind, memory, bytes, size, true, () -> {}));
    }

    private Block watched(Block.Held held) {
        if (made.getAndIncrement() % options.leakSampling() != 0) {
            return new Block(this, held, null);
        }
        var watch = new LeakDetector(this, held);
        var block = new Block(this, held, watch);
        watch.over(block);
        return block;
    }

    /**
     * A block of another size with the content of this one, as much as fits; new bytes are zero. The old block is released
     * unless there is no room, in which case it stays as it was.
     */
    public Block resize(Block block, long bytes) {
        requireOwn(block);
        Block grown = allocate(bytes);
        long kept = Math.min(block.size(), bytes);
        grown.memory().asSlice(0, kept).copyFrom(block.memory().asSlice(0, kept));
        block.release();
        return grown;
    }

    /**
     * Releases a block of this arena.
     *
     * @throws IllegalArgumentException if it is of another kind or account
     * @throws IllegalStateException if it was released before
     */
    public void release(Block block) {
        requireOwn(block);
        block.release();
    }

    private void requireOwn(Block block) {
        if (!block.arena().equals(this)) {
            throw new IllegalArgumentException(
                    "a %s block of %s was given to the %s arena of %s; release it where it is from"
                            .formatted(block.kind().word(), block.arena().owner(), kind.word(), owner));
        }
    }

    void returned(Block.Held held, boolean leaked) {
        held.giveBack().run();
        if (!held.onHeap()) {
            own.released(held.asked(), held.size(), leaked);
            process.released(held.asked(), held.size(), leaked);
        }
    }

    /** Figures of this account. */
    public ArenaStats stats() {
        return own.stats(-1);
    }

    void reset() {
        own.reset();
    }
}
