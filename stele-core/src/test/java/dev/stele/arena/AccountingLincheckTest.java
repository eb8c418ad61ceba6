package dev.stele.arena;

import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every history of the books and of a block's release equals one in which operations came one after the other: tried by
 * model checking over all interleavings of a few operations, and under stress.
 */
@Tag("proof")
class AccountingLincheckTest {

    /** The book of one kind with room for three blocks. */
    public static class Books {
        private final UsageAccount ledger = new UsageAccount(192);

        @Operation
        public boolean reserve() throws InterruptedException {
            return ledger.reserve(50, 64, 0);
        }

        @Operation
        public void release() {
            ledger.released(50, 64, false);
        }

        @Operation
        public void refuse() {
            ledger.refused();
        }

        /** All figures of one moment: any that no order of the operations explains is a fault. */
        @Operation
        public String figures() {
            return ledger.stats(-1).toString();
        }
    }

    /** One block that several want to release. */
    public static class OneBlock {
        private final Arenas arenas =
                Arenas.apart(new ArenaOptions(1 << 16, Map.of(), false, false, Integer.MAX_VALUE));
        private final ArenaAccount account = arenas.account("test");
        private final Block block = account.arena(ArenaKind.TASK).allocate(100);

        @Operation
        public String release() {
            try {
                block.release();
                return "first";
            } catch (IllegalStateException e) {
                return "late";
            }
        }

        @Operation
        public boolean usable() {
            try {
                return block.memory().byteSize() == 100;
            } catch (IllegalStateException e) {
                return false;
            }
        }
    }

    /** Blocks of one size that come and go. */
    public static class Blocks {
        private final SizeClass bin = new SizeClass(1 << 16, 1 << 14, false);
        private final ConcurrentLinkedDeque<SizeClass.Place> out = new ConcurrentLinkedDeque<>();

        @Operation
        public boolean take() {
            SizeClass.Place place = bin.take();
            out.add(place);
            return place.number() >= 0;
        }

        @Operation
        public boolean giveBack() {
            SizeClass.Place place = out.poll();
            if (place != null) {
                bin.giveBack(place);
            }
            return true;
        }
    }

    @Test
    void usageAccountIsLinearizable() {
        books(4, 200);
    }

    @Test
    void concurrentReleasesReleaseABlockOnce() {
        oneBlock(3, 150);
    }

    @Test
    void sizeClassIsLinearizableUnderStress() {
        stress(Blocks.class, 3, 500);
    }

    @Test
    @Tag("proof")
    void accountingIsLinearizableInLongRuns() {
        books(60, 400);
        oneBlock(40, 300);
        stress(Blocks.class, 40, 1_000);
    }

    private static void books(int iterations, int invocations) {
        new ModelCheckingOptions()
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .threads(3)
                .actorsPerThread(2)
                .check(Books.class);
    }

    private static void oneBlock(int iterations, int invocations) {
        new ModelCheckingOptions()
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .threads(3)
                .actorsPerThread(2)
                .check(OneBlock.class);
        stress(OneBlock.class, iterations, 3 * invocations);
    }

    private static void stress(Class<?> structure, int iterations, int invocations) {
        new StressOptions()
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .threads(3)
                .actorsPerThread(3)
                .check(structure);
    }
}
