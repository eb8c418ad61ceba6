package dev.stele.arena;

import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/** Finds out whether a block was lost without release, and says where it was allocated. */
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

    void over(Block block) {
        CLEANER.register(block, this);
    }

    /** Whether the caller is the one to give the memory back. */
    boolean settle() {
        return settled.compareAndSet(false, true);
    }

    /** Runs when the block cannot be reached any more. */
    @Override
    public void run() {
        if (settle()) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "a %s block of %d bytes of %s was lost without release; its memory is taken back"
                            .formatted(held.kind().word(), held.asked(), arena.owner()),
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
