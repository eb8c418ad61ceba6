package dev.stele.arena;

import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Leak detector of one block: reports a block that became unreachable without being released, with the stack trace of
 * its allocation, and takes its memory back. Thread-safe.
 */
final class LeakDetector implements Runnable {

    private static final System.Logger LOG = System.getLogger(LeakDetector.class.getName());
    private static final Cleaner CLEANER = Cleaner.create();

    private final TypedArena arena;
    private final Block.Held held;
    private final Throwable site = new Throwable("allocated here");
    private final AtomicBoolean settled = new AtomicBoolean();

    LeakDetector(TypedArena arena, Block.Held held) {
        this.arena = arena;
        this.held = held;
    }

    /** Starts monitoring the block that owns the memory. */
    void over(Block block) {
        CLEANER.register(block, this);
    }

    /**
     * Claims the duty to return the memory.
     *
     * @return true for the first caller only
     */
    boolean settle() {
        return settled.compareAndSet(false, true);
    }

    /** Called by the cleaner when the block has become unreachable. */
    @Override
    public void run() {
        if (settle()) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "a %s block of %d bytes of %s was lost without release; its memory is taken back"
                            .formatted(held.kind().label(), held.asked(), arena.owner()),
                    site);
            var event = new JfrEvents.Leak();
            event.concerns(held.kind(), arena.owner(), held.asked());
            event.site = Arrays.stream(site.getStackTrace())
                    .filter(frame -> !AllocationProfiler.isOwn(frame.getClassName()))
                    .findFirst()
                    .map(StackTraceElement::toString)
                    .orElse("unknown");
            event.commit();
            arena.returned(held, true);
        }
    }
}
