package dev.stele.arena;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Allocator of the memory blocks of one kind for one account, within the budgets of the account and of the process.
 * Thread-safe.
 */
public final class TypedArena {

    private final ArenaKind kind;
    private final String owner;
    private final BlockPool pool;
    private final UsageAccount processUsage;
    private final UsageAccount accountUsage;
    private final ArenaOptions options;
    private final AllocationProfiler profiler;
    private final AtomicBoolean closed;
    /** Number of blocks created; every {@link ArenaOptions#leakSampling}-th block is monitored for leaks. */
    private final AtomicLong blocksCreated = new AtomicLong();

    TypedArena(
            ArenaKind kind,
            String owner,
            BlockPool pool,
            UsageAccount processUsage,
            UsageAccount accountUsage,
            ArenaOptions options,
            AllocationProfiler profiler,
            AtomicBoolean closed) {
        this.kind = kind;
        this.owner = owner;
        this.pool = pool;
        this.processUsage = processUsage;
        this.accountUsage = accountUsage;
        this.options = options;
        this.profiler = profiler;
        this.closed = closed;
    }

    /** Returns the kind of memory. */
    public ArenaKind kind() {
        return kind;
    }

    String owner() {
        return owner;
    }

    /**
     * Allocates a zeroed block with the policy {@link OverBudgetPolicy#FAIL}.
     *
     * @param bytes size, at least 1
     * @throws IllegalArgumentException if the size is not positive or exceeds any possible memory
     * @throws ArenaExhaustedException if a budget is exhausted
     * @throws IllegalStateException if the account is closed
     */
    public Block allocate(long bytes) {
        return allocate(bytes, OverBudgetPolicy.FAIL);
    }

    /**
     * Allocates a zeroed block.
     *
     * @param bytes size, at least 1
     * @param policy behavior if a budget is exhausted
     * @throws IllegalArgumentException if the size is not positive or exceeds any possible memory
     * @throws ArenaExhaustedException if a budget is exhausted and the policy demands an error
     * @throws IllegalStateException if the account is closed
     */
    public Block allocate(long bytes, OverBudgetPolicy policy) {
        Block block = take(bytes, policy);
        block.held().memory().fill((byte) 0);
        return block;
    }

    /**
     * Allocates a block without zeroing it; the memory may contain data of an earlier block of this kind. The caller
     * must write memory before reading it.
     *
     * @param bytes size, at least 1
     * @param policy behavior if a budget is exhausted
     * @throws IllegalArgumentException if the size is not positive or exceeds any possible memory
     * @throws ArenaExhaustedException if a budget is exhausted and the policy demands an error
     * @throws IllegalStateException if the account is closed
     */
    public Block allocateDirty(long bytes, OverBudgetPolicy policy) {
        return take(bytes, policy);
    }

    private void checkSize(long bytes) {
        if (bytes < 1 || bytes > Long.MAX_VALUE / 4) {
            throw new IllegalArgumentException("a %s block of %d bytes cannot be; ask for 1 to %d"
                    .formatted(kind.label(), bytes, Long.MAX_VALUE / 4));
        }
        if (closed.get()) {
            throw new IllegalStateException(
                    "the account of " + owner + " is closed; no " + kind.label() + " block is left to give");
        }
    }

    private Block take(long bytes, OverBudgetPolicy policy) {
        checkSize(bytes);
        long size = pool.sizeFor(bytes);
        if (!reserve(bytes, size, policy)) {
            if (policy instanceof OverBudgetPolicy.UseHeap) {
                return onHeap(bytes, size);
            }
            throw refused(bytes);
        }
        profiler.allocated(kind, owner, bytes);
        try {
            BlockPool.Piece piece = pool.take(bytes);
            processUsage.served(piece.pooled());
            accountUsage.served(piece.pooled());
            return watched(new Block.Held(kind, piece.memory(), bytes, size, false, piece.giveBack()));
        } catch (OutOfMemoryError e) {
            accountUsage.unreserve(bytes, size);
            processUsage.unreserve(bytes, size);
            return onHeap(bytes, size); // the system has no memory left; the heap may have some, and otherwise throws
        }
    }

    private ArenaExhaustedException refused(long bytes) {
        processUsage.refused();
        accountUsage.refused();
        var event = new JfrEvents.Refusal();
        event.concerns(kind, owner, bytes);
        event.commit();
        return new ArenaExhaustedException(
                kind,
                "no room for a %s block of %d bytes for %s: %d of %d bytes of its budget and %d of %d of the process's are in use"
                        .formatted(
                                kind.label(),
                                bytes,
                                owner,
                                accountUsage.stats(-1).active(),
                                accountUsage.budget(),
                                processUsage.stats(-1).active(),
                                processUsage.budget()));
    }

    /**
     * Reserves budget for memory that is allocated elsewhere, such as on the heap, so that budget and statistics
     * include it.
     *
     * @param bytes size, at least 1
     * @param policy {@link OverBudgetPolicy.UseHeap} acts as {@link OverBudgetPolicy.Fail} here
     * @return the reservation, which the caller must release
     * @throws IllegalArgumentException if the size is not positive or exceeds any possible memory
     * @throws ArenaExhaustedException if a budget is exhausted
     * @throws IllegalStateException if the account is closed
     */
    public Reservation charge(long bytes, OverBudgetPolicy policy) {
        checkSize(bytes);
        if (!reserve(bytes, bytes, policy)) {
            throw refused(bytes);
        }
        profiler.allocated(kind, owner, bytes);
        pool.elsewhere(bytes);
        return new Reservation(this, bytes);
    }

    void discharged(long bytes) {
        pool.elsewhere(-bytes);
        accountUsage.released(bytes, bytes, false);
        processUsage.released(bytes, bytes, false);
    }

    private boolean reserve(long bytes, long size, OverBudgetPolicy policy) {
        long wait =
                policy instanceof OverBudgetPolicy.Await await ? await.most().toNanos() : 0;
        long end = System.nanoTime() + wait;
        try {
            if (!accountUsage.reserve(bytes, size, wait)) {
                return false;
            }
            boolean reserved = false;
            try {
                reserved = processUsage.reserve(bytes, size, wait == 0 ? 0 : Math.max(0, end - System.nanoTime()));
            } finally {
                if (!reserved) {
                    accountUsage.unreserve(bytes, size);
                }
            }
            return reserved;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Block onHeap(long bytes, long size) {
        MemorySegment memory = BlockPool.heap(bytes);
        processUsage.fellBack();
        accountUsage.fellBack();
        return watched(new Block.Held(kind, memory, bytes, size, true, () -> {}));
    }

    private Block watched(Block.Held held) {
        if (blocksCreated.getAndIncrement() % options.leakSampling() != 0) {
            return new Block(this, held, null);
        }
        var detector = new LeakDetector(this, held);
        var block = new Block(this, held, detector);
        detector.over(block);
        return block;
    }

    /**
     * Allocates a block of another size, copies the content as far as it fits, and releases the old block. New bytes
     * are zero. If the allocation fails, the old block remains unchanged.
     *
     * @param block block of this arena
     * @param bytes new size, at least 1
     * @throws IllegalArgumentException if the block is of another kind or account, or the size is invalid
     * @throws ArenaExhaustedException if a budget is exhausted
     * @throws IllegalStateException if the account is closed
     */
    public Block resize(Block block, long bytes) {
        requireOwn(block);
        Block resized = allocate(bytes);
        long copied = Math.min(block.size(), bytes);
        resized.memory().asSlice(0, copied).copyFrom(block.memory().asSlice(0, copied));
        block.release();
        return resized;
    }

    /**
     * Releases a block of this arena.
     *
     * @param block block to release
     * @throws IllegalArgumentException if the block is of another kind or account
     * @throws IllegalStateException if the block was released before
     */
    public void release(Block block) {
        requireOwn(block);
        block.release();
    }

    private void requireOwn(Block block) {
        if (!block.arena().equals(this)) {
            throw new IllegalArgumentException(
                    "a %s block of %s was given to the %s arena of %s; release it where it is from"
                            .formatted(block.kind().label(), block.arena().owner(), kind.label(), owner));
        }
    }

    void returned(Block.Held held, boolean leaked) {
        held.giveBack().run();
        if (!held.onHeap()) {
            accountUsage.released(held.asked(), held.size(), leaked);
            processUsage.released(held.asked(), held.size(), leaked);
        }
    }

    /** Returns the statistics of this kind for the account. */
    public ArenaStats stats() {
        return accountUsage.stats(-1);
    }

    void reset() {
        accountUsage.reset();
    }
}
