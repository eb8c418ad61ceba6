package dev.stele.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.support.Threads;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArenasTest {

    private static final ArenaOptions PLAIN = new ArenaOptions(1 << 18, Map.of(), true, false, 1_000_000);

    private static void mark(Block block, long pattern) {
        MemorySegment memory = block.memory();
        memory.fill((byte) pattern);
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, pattern);
    }

    private static void check(Block block, long pattern) {
        MemorySegment memory = block.memory();
        assertThat(memory.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isEqualTo(pattern);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1)).isEqualTo((byte) pattern);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sixtyFourThreadsReleaseAllMemoryWithoutCorruption(boolean offHeap) throws Exception {
        Arenas arenas = Arenas.apart(offHeap ? PLAIN : PLAIN.onHeap());
        try (ArenaAccount account = arenas.account("test")) {
            var done = new AtomicBoolean();
            var reader = CompletableFuture.runAsync(() -> {
                do {
                    for (ArenaKind kind : ArenaKind.values()) {
                        ArenaStats stats = arenas.stats(kind);
                        assertThat(stats.outstanding()).isNotNegative();
                        assertThat(stats.allocated()).isLessThanOrEqualTo(stats.active());
                        assertThat(stats.active()).isLessThanOrEqualTo(stats.peak());
                    }
                } while (!done.get());
            });
            Threads.atOnce(64, thread -> () -> {
                var random = new Random(thread);
                List<ArenaKind> kinds = List.of(ArenaKind.values());
                List<Block> mine = new ArrayList<>();
                Map<Block, Long> patterns = new HashMap<>();
                for (int i = 0; i < 5_000; i++) {
                    TypedArena arena = account.arena(kinds.get(random.nextInt(kinds.size())));
                    int choice = random.nextInt(100);
                    if (choice < 45 || mine.isEmpty()) {
                        Block block = arena.allocate(16 + random.nextInt(choice == 0 ? 200_000 : 5_000));
                        assertThat(block.memory().get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                                .isZero();
                        long pattern = random.nextLong();
                        mark(block, pattern);
                        mine.add(block);
                        patterns.put(block, pattern);
                    } else if (choice < 90) {
                        Block block = mine.remove(random.nextInt(mine.size()));
                        check(block, patterns.remove(block));
                        block.release();
                    } else if (choice < 99) {
                        Block block = mine.remove(random.nextInt(mine.size()));
                        long pattern = patterns.remove(block);
                        Block grown =
                                account.arena(block.kind()).resize(block, block.size() + random.nextInt(3_000) + 1);
                        assertThat(grown.memory().get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                                .isEqualTo(pattern);
                        mark(grown, pattern);
                        mine.add(grown);
                        patterns.put(grown, pattern);
                    } else {
                        arenas.purge(arena.kind());
                    }
                }
                for (Block block : mine) {
                    check(block, patterns.get(block));
                    block.release();
                }
                return thread;
            });
            done.set(true);
            reader.get(30, TimeUnit.SECONDS);
            ArenaStats total = arenas.total();
            assertThat(total.allocated()).isZero();
            assertThat(total.active()).isZero();
            assertThat(total.outstanding()).isZero();
            assertThat(total.leaks()).isZero();
            assertThat(total.peak()).isPositive();
            assertThat(total.hits()).isGreaterThan(total.misses());
            assertThat(arenas.optimize().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isPositive();
            assertThat(arenas.total().resident()).isZero();
        }
    }

    @Test
    void externalMemoryIsReservedWithinTheBudget() {
        Arenas arenas = Arenas.apart(PLAIN.withBudget(ArenaKind.TASK, 1_000));
        try (ArenaAccount account = arenas.account("test")) {
            TypedArena tasks = account.arena(ArenaKind.TASK);
            Reservation charge = tasks.charge(900, OverBudgetPolicy.FAIL);
            assertThat(arenas.stats(ArenaKind.TASK).active()).isEqualTo(900);
            assertThat(arenas.stats(ArenaKind.TASK).resident()).isEqualTo(900);
            assertThatThrownBy(() -> tasks.charge(101, OverBudgetPolicy.USE_HEAP))
                    .isInstanceOf(ArenaExhaustedException.class)
                    .hasMessageContaining("task");
            assertThatThrownBy(() -> tasks.charge(0, OverBudgetPolicy.FAIL))
                    .isInstanceOf(IllegalArgumentException.class);
            charge.release();
            assertThatThrownBy(charge::release)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("900");
            assertThat(arenas.stats(ArenaKind.TASK).active()).isZero();
            assertThat(arenas.stats(ArenaKind.TASK).resident()).isZero();
        }
    }

    @Test
    void profilingRecordsAllocationSitesWhileEnabled() {
        Arenas arenas = Arenas.apart(PLAIN);
        try (ArenaAccount account = arenas.account("test")) {
            account.arena(ArenaKind.REQUEST).allocate(100).release();
            assertThat(arenas.sites()).isEmpty();
            arenas.profiling(true);
            for (int i = 0; i < 640; i++) {
                account.arena(ArenaKind.REQUEST).allocate(100).release();
            }
            arenas.profiling(false);
            // The frames of this package are passed over, and this test is of it.
            assertThat(arenas.sites()).isNotEmpty().allSatisfy(site -> {
                assertThat(site.kind()).isEqualTo(ArenaKind.REQUEST);
                assertThat(site.site()).doesNotContain("dev.stele.arena.");
                assertThat(site.bytes()).isEqualTo(100 * site.samples());
            });
            assertThat(arenas.sites().stream()
                            .mapToLong(AllocationSite::samples)
                            .sum())
                    .isEqualTo(10);
            arenas.reset();
            assertThat(arenas.sites()).isEmpty();
        }
    }

    @Test
    void idleMemoryIsReclaimedAndRecordedByFlightRecorder() throws Exception {
        Arenas arenas = Arenas.apart(PLAIN);
        Path file = Files.createTempFile("arenas", ".jfr");
        try (ArenaAccount account = arenas.account("test");
                var recording = new Recording()) {
            recording.enable("dev.stele.ArenaPurge");
            recording.enable("dev.stele.ArenaRefusal");
            recording.start();
            Block kept = account.arena(ArenaKind.CACHE).allocate(60_000);
            account.arena(ArenaKind.REQUEST).allocate(60_000).release();
            assertThat(arenas.stats(ArenaKind.REQUEST).idleShare()).isEqualTo(1);
            try (IdleMemoryReclaimer _ = arenas.autoOptimize(Duration.ofMillis(10), 0.9)) {
                Awaitility.await().until(() -> arenas.stats(ArenaKind.REQUEST).resident() == 0);
            }
            assertThat(arenas.stats(ArenaKind.CACHE).active()).isPositive();
            kept.release();
            try (ArenaAccount small = arenas.account("small", Map.of(ArenaKind.TASK, 100L))) {
                assertThatThrownBy(() -> small.arena(ArenaKind.TASK).allocate(1_000))
                        .isInstanceOf(ArenaExhaustedException.class);
            }
            recording.stop();
            recording.dump(file);
            assertThat(RecordingFile.readAllEvents(file)).anySatisfy(event -> {
                assertThat(event.getEventType().getName()).isEqualTo("dev.stele.ArenaPurge");
                assertThat(event.getString("kind")).isEqualTo("request");
                assertThat(event.getLong("bytes")).isPositive();
            });
            assertThat(RecordingFile.readAllEvents(file)).anySatisfy(event -> {
                assertThat(event.getEventType().getName()).isEqualTo("dev.stele.ArenaRefusal");
                assertThat(event.getString("kind")).isEqualTo("task");
                assertThat(event.getString("owner")).isEqualTo("small");
                assertThat(event.getLong("bytes")).isEqualTo(1_000);
            });
            assertThatThrownBy(() -> arenas.autoOptimize(Duration.ZERO, 0.5))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arenas.autoOptimize(Duration.ofSeconds(1), Double.NaN))
                    .isInstanceOf(IllegalArgumentException.class);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    @Tag("proof")
    void sixtyFourThreadsAllocateForTenSecondsWithoutLeaks() throws Exception {
        Arenas arenas = Arenas.apart(PLAIN);
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        try (ArenaAccount account = arenas.account("test")) {
            List<Long> rounds = Threads.atOnce(64, thread -> () -> {
                var random = new Random(thread);
                List<ArenaKind> kinds = List.of(ArenaKind.values());
                var mine = new ArrayList<Block>();
                long round = 0;
                for (; System.nanoTime() < end; round++) {
                    TypedArena arena = account.arena(kinds.get(random.nextInt(kinds.size())));
                    switch (random.nextInt(10)) {
                        case 0, 1, 2, 3 -> {
                            Block block = arena.allocate(16 + random.nextInt(20_000));
                            mark(block, block.size());
                            mine.add(block);
                        }
                        case 4, 5 -> {
                            if (!mine.isEmpty()) {
                                Block block = mine.remove(random.nextInt(mine.size()));
                                check(block, block.size());
                                Block grown = account.arena(block.kind()).resize(block, block.size() + 100);
                                mark(grown, grown.size());
                                mine.add(grown);
                            }
                        }
                        case 6 -> {
                            if (random.nextInt(100) == 0) {
                                arenas.purge(arena.kind());
                            }
                        }
                        default -> {
                            if (!mine.isEmpty()) {
                                Block block = mine.remove(random.nextInt(mine.size()));
                                check(block, block.size());
                                block.release();
                            }
                        }
                    }
                }
                for (Block block : mine) {
                    check(block, block.size());
                    block.release();
                }
                return round;
            });
            System.out.println("64 threads, 10 s: "
                    + rounds.stream().mapToLong(Long::longValue).sum() + " operations, " + arenas.total());
            assertThat(arenas.total().active()).isZero();
            assertThat(arenas.total().outstanding()).isZero();
            assertThat(arenas.total().leaks()).isZero();
        }
    }

    @Test
    void blockIsReleasedOnce() throws Exception {
        try (ArenaAccount account = Arenas.apart(PLAIN).account("test")) {
            for (int round = 0; round < 200; round++) {
                Block block = account.arena(ArenaKind.TASK).allocate(100);
                var first = new AtomicInteger();
                Threads.atOnce(4, _ -> () -> {
                    try {
                        block.release();
                        first.incrementAndGet();
                    } catch (IllegalStateException e) {
                        assertThat(e).hasMessageContaining("second time").hasMessageContaining("task");
                    }
                    return 0;
                });
                assertThat(first.get()).isEqualTo(1);
            }
            assertThat(account.arena(ArenaKind.TASK).stats().releases()).isEqualTo(200);
            assertThat(account.arena(ArenaKind.TASK).stats().active()).isZero();
        }
    }

    @Test
    void useAfterReleaseFails() {
        try (ArenaAccount account = Arenas.apart(ArenaOptions.CHECKED).account("test")) {
            Block block = account.arena(ArenaKind.REQUEST).allocate(100);
            MemorySegment kept = block.memory();
            block.release();
            assertThatThrownBy(block::memory)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("request");
            assertThatThrownBy(() -> kept.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void lostBlockIsDetectedAndReclaimed() {
        Arenas arenas = Arenas.apart(ArenaOptions.CHECKED);
        try (ArenaAccount account = arenas.account("careless")) {
            lose(account);
            Awaitility.await().until(() -> {
                System.gc();
                return arenas.stats(ArenaKind.RESPONSE).leaks() == 1;
            });
            assertThat(arenas.stats(ArenaKind.RESPONSE).active()).isZero();
        }
    }

    private static void lose(ArenaAccount account) {
        assertThat(account.arena(ArenaKind.RESPONSE).allocate(1_000).size()).isEqualTo(1_000);
    }

    @ParameterizedTest
    @EnumSource(ArenaKind.class)
    void memoryFreedByOneKindNeverServesAnother(ArenaKind kind) {
        Arenas arenas = Arenas.apart(PLAIN);
        try (ArenaAccount account = arenas.account("test")) {
            var addresses = new ArrayList<Long>();
            for (int i = 0; i < 100; i++) {
                try (Block block = account.arena(kind).allocate(4_096)) {
                    mark(block, 0x5ec4e7);
                    addresses.add(block.memory().address());
                }
            }
            for (ArenaKind other : ArenaKind.values()) {
                if (other != kind) {
                    try (Block block = account.arena(other).allocateDirty(4_096, OverBudgetPolicy.FAIL)) {
                        assertThat(addresses).doesNotContain(block.memory().address());
                    }
                }
            }
            try (Block block = account.arena(kind).allocate(4_096)) {
                assertThat(addresses).contains(block.memory().address());
                assertThat(block.memory().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
            }
        }
    }

    @Test
    void callerChoosesThePolicyForAnExceededBudget() throws Exception {
        Arenas arenas = Arenas.apart(PLAIN.withBudget(ArenaKind.CACHE, 8_192));
        try (ArenaAccount account = arenas.account("kira", Map.of(ArenaKind.TASK, 4_096L))) {
            TypedArena cache = account.arena(ArenaKind.CACHE);
            Block first = cache.allocate(8_192);
            assertThatThrownBy(() -> cache.allocate(1))
                    .isInstanceOf(ArenaExhaustedException.class)
                    .hasMessageContaining("cache")
                    .hasMessageContaining("kira")
                    .hasMessageContaining("8192");
            try (Block heap = cache.allocate(100, OverBudgetPolicy.USE_HEAP)) {
                assertThat(heap.onHeap()).isTrue();
                assertThat(heap.memory().byteSize()).isEqualTo(100);
            }
            assertThatThrownBy(() -> cache.allocate(1, new OverBudgetPolicy.Await(Duration.ofMillis(20))))
                    .isInstanceOf(ArenaExhaustedException.class);
            Thread releaser = Thread.ofVirtual().start(first::release);
            cache.allocate(64, new OverBudgetPolicy.Await(Duration.ofSeconds(10)))
                    .release();
            releaser.join();
            ArenaStats stats = arenas.stats(ArenaKind.CACHE);
            assertThat(stats.refusals()).isEqualTo(2);
            assertThat(stats.heapFallbacks()).isEqualTo(1);
            assertThat(stats.peak()).isEqualTo(8_192);
            assertThat(stats.active()).isZero();

            Block task = account.arena(ArenaKind.TASK).allocate(4_096);
            assertThatThrownBy(() -> account.arena(ArenaKind.TASK).allocate(1))
                    .isInstanceOf(ArenaExhaustedException.class);
            try (ArenaAccount other = arenas.account("other")) {
                other.arena(ArenaKind.TASK).allocate(4_096).release(); // a budget binds its own account only
            }
            task.release();
        }
    }

    @Test
    void invalidSizesAndForeignBlocksAreRefused() {
        Arenas arenas = Arenas.apart(PLAIN);
        try (ArenaAccount account = arenas.account("test");
                ArenaAccount other = arenas.account("other")) {
            TypedArena request = account.arena(ArenaKind.REQUEST);
            for (long size : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> request.allocate(size))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(String.valueOf(size));
            }
            Block block = request.allocate(10);
            assertThatThrownBy(() -> account.arena(ArenaKind.RESPONSE).release(block))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("request")
                    .hasMessageContaining("response");
            assertThatThrownBy(() -> other.arena(ArenaKind.REQUEST).release(block))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("other");
            assertThatThrownBy(() -> request.resize(block, -5)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> block.memory().get(ValueLayout.JAVA_BYTE, 10))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            mark(block, 7);
            assertThat(arenas.purge(ArenaKind.REQUEST)).isZero(); // what is in use stays
            check(block, 7);
            request.release(block);
            assertThat(arenas.purge(ArenaKind.REQUEST)).isPositive();
        }
        assertThatThrownBy(() -> new ArenaOptions(1000, Map.of(), true, false, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withBudget(ArenaKind.TASK, -1)).hasMessageContaining("task");
    }

    @Test
    void fiftyOpenedAndClosedAccountsDoNotGrowThePools() {
        Arenas arenas = Arenas.apart(PLAIN);
        long resident = -1;
        for (int cycle = 0; cycle < 50; cycle++) {
            try (ArenaAccount account = arenas.account("server " + cycle)) {
                var blocks = new ArrayList<Block>();
                for (int i = 0; i < 200; i++) {
                    blocks.add(account.arena(ArenaKind.REQUEST).allocate(8_192));
                    blocks.add(account.arena(ArenaKind.RESPONSE).allocate(16_384));
                }
                assertThat(account.arena(ArenaKind.REQUEST).stats().active()).isEqualTo(200 * 8_192);
                blocks.forEach(Block::release);
            }
            if (cycle == 0) {
                resident = arenas.total().resident();
            }
            assertThat(arenas.total().resident()).isEqualTo(resident);
            assertThat(arenas.accounts()).isEmpty();
        }
        assertThat(Arenas.shared()).isSameAs(Arenas.shared());
    }

    @Test
    void closedAccountAllocatesNothingAndItsBlocksCanBeReleased() {
        Arenas arenas = Arenas.apart(PLAIN);
        ArenaAccount account = arenas.account("gone");
        Block block = account.arena(ArenaKind.STATIC).allocate(100);
        account.close();
        account.close();
        assertThatThrownBy(() -> account.arena(ArenaKind.STATIC).allocate(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("gone");
        mark(block, 3);
        check(block, 3);
        block.release();
        assertThat(arenas.stats(ArenaKind.STATIC).active()).isZero();
    }

    @Test
    void resetClearsStatisticsAndKeepsOutstandingBlocks() {
        Arenas arenas = Arenas.apart(PLAIN);
        try (ArenaAccount account = arenas.account("test")) {
            Block block = account.arena(ArenaKind.GENERAL).allocate(100);
            account.arena(ArenaKind.GENERAL).allocate(5_000).release();
            arenas.reset();
            ArenaStats stats = arenas.stats(ArenaKind.GENERAL);
            assertThat(stats.outstanding()).isEqualTo(1);
            assertThat(stats.peak()).isEqualTo(stats.active()).isEqualTo(128);
            assertThat(stats.fragmentation()).isEqualTo(1 - 100.0 / 128);
            block.release();
            assertThat(arenas.stats(ArenaKind.GENERAL).outstanding()).isZero();
        }
    }
}
