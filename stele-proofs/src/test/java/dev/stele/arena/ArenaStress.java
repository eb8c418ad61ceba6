package dev.stele.arena;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Blocks, accounts, slabs and caches of arenas. */
public final class ArenaStress {

    private static final ArenaOptions OPTIONS = new ArenaOptions(1 << 16, Map.of(), false, false, Integer.MAX_VALUE);

    private ArenaStress() {}

    private static TypedArena arena() {
        return Arenas.apart(OPTIONS).account("test").arena(ArenaKind.TASK);
    }

    private static BudgetedCache<String, String> cache(TypedArena arena) {
        return new BudgetedCache<>(1_000, arena, (_, _) -> 100);
    }

    private static int succeeds(Runnable call) {
        try {
            call.run();
            return 1;
        } catch (IllegalStateException e) {
            return 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "one release succeeds")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the block is released twice or never, or its bytes are counted wrongly")
    @State
    public static class TwoReleasesOfABlock {
        private final TypedArena arena = arena();
        private final Block block = arena.allocate(100);

        @Actor
        public void first(III_Result result) {
            result.r1 = succeeds(block::release);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = succeeds(block::release);
        }

        @Arbiter
        public void active(III_Result result) {
            result.r3 = (int) arena.stats().active();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "one release succeeds")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the reservation is released twice or never")
    @State
    public static class TwoReleasesOfAReservation {
        private final TypedArena arena = arena();
        private final Reservation reservation = arena.charge(100, OverBudgetPolicy.FAIL);

        @Actor
        public void first(III_Result result) {
            result.r1 = succeeds(reservation::release);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = succeeds(reservation::release);
        }

        @Arbiter
        public void active(III_Result result) {
            result.r3 = (int) arena.stats().active();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one thread returns the memory")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the cleaner and the owner both return the memory, or neither does")
    @State
    public static class OwnerBesideCleaner {
        private final LeakDetector detector =
                new LeakDetector(arena(), arena().allocate(100).held());

        @Actor
        public void owner(II_Result result) {
            result.r1 = detector.settle() ? 1 : 0;
        }

        @Actor
        public void cleaner(II_Result result) {
            result.r2 = detector.settle() ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 64", "0, 1, 64"},
            expect = Expect.ACCEPTABLE,
            desc = "one thread gets the last bytes")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the budget is exceeded, or neither thread gets the bytes")
    @State
    public static class LastBytesOfABudget {
        private final UsageAccount account = new UsageAccount(64);

        private int reserve() {
            try {
                return account.reserve(50, 64, 0) ? 1 : 0;
            } catch (InterruptedException e) {
                return -1;
            }
        }

        @Actor
        public void first(III_Result result) {
            result.r1 = reserve();
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = reserve();
        }

        @Arbiter
        public void active(III_Result result) {
            result.r3 = (int) account.stats(-1).active();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 64", expect = Expect.ACCEPTABLE, desc = "the waiting thread gets the released bytes at once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the waiting thread is not woken")
    @State
    public static class WaitForBudget {
        private static final Duration MAX_WAIT = Duration.ofSeconds(10);

        private final UsageAccount account = full();

        private static UsageAccount full() {
            try {
                var account = new UsageAccount(64);
                boolean _ = account.reserve(50, 64, 0);
                return account;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Actor
        public void wait(II_Result result) {
            long start = System.nanoTime();
            try {
                boolean reserved = account.reserve(50, 64, MAX_WAIT.toNanos());
                result.r1 = reserved && System.nanoTime() - start < MAX_WAIT.toNanos() / 2 ? 1 : 0;
            } catch (InterruptedException e) {
                result.r1 = -1;
            }
        }

        @Actor
        public void release() {
            account.released(50, 64, false);
        }

        @Arbiter
        public void active(II_Result result) {
            result.r2 = (int) account.stats(-1).active();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "different blocks")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two threads get the same block, or a slab is lost")
    @State
    public static class TwoBlocksOfASlab {
        private final SizeClass blocks = new SizeClass(1 << 16, 1 << 14, false);
        private SizeClass.Place one;
        private SizeClass.Place other;

        @Actor
        public void first() {
            one = blocks.take();
        }

        @Actor
        public void second() {
            other = blocks.take();
        }

        @Arbiter
        public void compare(II_Result result) {
            boolean same = one.slab() == other.slab() && one.number() == other.number();
            result.r1 = same ? 0 : 1;
            blocks.giveBack(one);
            blocks.giveBack(other);
            blocks.trim();
            result.r2 = (int) blocks.resident();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the block can be used until it is given back")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the memory of a block in use is returned to the system")
    @State
    public static class TrimBesideUse {
        private final SizeClass blocks = withFreeSlab();

        private static SizeClass withFreeSlab() {
            var blocks = new SizeClass(1 << 16, 1 << 14, true);
            blocks.giveBack(blocks.take());
            return blocks;
        }

        @Actor
        public void use(II_Result result) {
            try {
                SizeClass.Place place = blocks.take();
                MemorySegment memory = place.slab().block(place.number());
                memory.fill((byte) 1);
                blocks.giveBack(place);
                result.r1 = 1;
            } catch (IllegalStateException e) {
                result.r1 = -1;
            }
        }

        @Actor
        public void trim() {
            blocks.trim();
        }

        @Arbiter
        public void resident(II_Result result) {
            blocks.trim();
            result.r2 = (int) blocks.resident();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "each entry is charged and discharged once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the charge of an entry is released twice or never")
    @State
    public static class TwoEntriesOfAKey {
        private final TypedArena arena = arena();
        private final BudgetedCache<String, String> cache = cache(arena);

        @Actor
        public void put(III_Result result) {
            result.r1 = succeeds(() -> cache.put("key", "one"));
        }

        @Actor
        public void putAnother(III_Result result) {
            result.r2 = succeeds(() -> cache.put("key", "another"));
        }

        @Arbiter
        public void active(III_Result result) {
            cache.drop(_ -> true);
            result.r3 = (int) arena.stats().active();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "each entry is charged and discharged once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the charge of an entry is released twice or never")
    @State
    public static class EntryBesideDrop {
        private final TypedArena arena = arena();
        private final BudgetedCache<String, String> cache = withEntry(arena);

        private static BudgetedCache<String, String> withEntry(TypedArena arena) {
            BudgetedCache<String, String> cache = cache(arena);
            cache.put("key", "first");
            return cache;
        }

        @Actor
        public void put(III_Result result) {
            result.r1 = succeeds(() -> cache.put("key", "one"));
        }

        @Actor
        public void drop(III_Result result) {
            result.r2 = succeeds(() -> cache.drop(_ -> true));
        }

        @Arbiter
        public void active(III_Result result) {
            cache.drop(_ -> true);
            result.r3 = (int) arena.stats().active();
        }
    }
}
