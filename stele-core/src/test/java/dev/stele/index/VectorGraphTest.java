package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.config.MemoryBudget;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From its making to its use, on an agent whose vectors are many for a test and few for a graph. */
class VectorGraphTest {

    private static final int MANY = 7_000;
    /** Limit for a build in the background, which on a loaded machine gets little of a processor. */
    private static final Duration BUILD_TIME = Duration.ofMinutes(2);

    private static final AgentName KIRA = new AgentName("kira");
    private static final SnapshotCache.Model MODEL = new SnapshotCache.Model("words-64", 64);

    private final TypedArena arena =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    @TempDir
    static Path filled;

    @TempDir
    Path data;

    private Path graph() {
        return data.resolve("agents/kira/hnsw.derived");
    }

    private Stele open(int graphFrom) {
        return open(data, graphFrom);
    }

    private static Stele open(Path data, int graphFrom) {
        MemoryBudget budget = MemoryBudget.DEFAULT;
        return Stele.open(
                SteleConfig.at(data)
                        .withRetention(0, true)
                        .withMaintenance(Duration.ofMillis(100), Duration.ofMinutes(1))
                        .withMemory(new MemoryBudget(
                                budget.indexBytes(), budget.cacheBytes(), budget.taskBytes(), graphFrom)),
                Optional.of(new WordEmbedder()));
    }

    private static MessageDraft turn(int i) {
        return MessageDraft.user("s" + i / 30, "ana", "turn %d about word%d and word%d".formatted(i, i % 197, i % 189))
                .withId("m" + i);
    }

    @BeforeAll
    static void fill() {
        try (Stele stele = open(filled, 0)) {
            AgentMemory memory = stele.agent(KIRA);
            for (int from = 0; from < MANY; from += 1_000) {
                memory.remember(IntStream.range(from, from + 1_000)
                        .mapToObj(VectorGraphTest::turn)
                        .toList());
            }
            memory.recall("word5"); // so that a picture is there to be saved when it is closed
        }
    }

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.walk(filled)) {
            for (Path file : files.skip(1).toList()) {
                Files.copy(file, data.resolve(filled.relativize(file)));
            }
        }
    }

    private static List<List<String>> answers(AgentMemory memory) {
        var answers = new ArrayList<List<String>>();
        for (int i = 0; i < 20; i++) {
            answers.add(
                    memory
                            .recall(RecallQuery.of("what was said about word%d and word%d".formatted(i, 2 * i)))
                            .hits()
                            .stream()
                            .map(Hit::id)
                            .toList());
        }
        return answers;
    }

    @Test
    void maintenanceBuildsTheHnswGraphAndKeepsResultQuality() {
        List<List<String>> compared;
        try (Stele stele = open(0)) {
            compared = answers(stele.agent(KIRA));
            assertThat(graph()).doesNotExist();
        }
        try (Stele stele = open(MANY)) {
            AgentMemory memory = stele.agent(KIRA);
            memory.recall("word5");
            Awaitility.await().atMost(BUILD_TIME).until(() -> Files.exists(graph()));
            Awaitility.await()
                    .atMost(BUILD_TIME)
                    .untilAsserted(() -> assertThat(overlap(answers(memory), compared))
                            .isGreaterThan(0.9)); // many are as good as others
            // Found at once, though it is not in the graph, and not any more when it is gone.
            memory.remember(MessageDraft.user("s7", "ana", "a zebra").withId("zebra"));
            memory.deleteMessage("m18");
            memory.editMessage("m19", "a second zebra");
            assertThat(memory.recall("zebra").hits())
                    .extracting(Hit::id)
                    .startsWith("zebra", "m19")
                    .doesNotContain("m18");
            assertThat(graph()).doesNotExist(); // something was forgotten
        }
    }

    private static double overlap(List<List<String>> some, List<List<String>> others) {
        int same = 0;
        int all = 0;
        for (int i = 0; i < some.size(); i++) {
            same += (int) some.get(i).stream().filter(others.get(i)::contains).count();
            all += others.get(i).size();
        }
        return (double) same / all;
    }

    private void onStore(ThrowingConsumer<AgentStore> test) {
        try (AgentStores stores = SqliteStores.open(data, Limits.DEFAULT, true);
                AgentStore store = stores.open(KIRA)) {
            test.accept(store);
        }
    }

    private SnapshotCache index() {
        return new SnapshotCache(1 << 30, MANY, _ -> Optional.empty(), arena, Optional.empty());
    }

    private static IndexSnapshot items(SnapshotCache index, AgentStore store) {
        return store.read(view -> index.at(store, view, MODEL).orElseThrow());
    }

    @Test
    void hnswGraphOfOneSnapshotCacheIsUsedByOthers() {
        onStore(store -> {
            SnapshotCache one = index();
            SnapshotCache other = index();
            IndexSnapshot items = items(one, store);
            IndexSnapshot others = items(other, store);
            assertThat(one.withoutGraph()).containsExactly(KIRA);

            one.makeGraph(store, () -> true);
            assertThat(one.withoutGraph()).isEmpty();
            assertThat(items.vectors().hasGraph()).isTrue();
            var made = Files.getLastModifiedTime(graph());

            assertThat(others.vectors().hasGraph()).isFalse();
            other.makeGraph(store, () -> {
                throw new AssertionError("it is made already");
            });
            assertThat(others.vectors().hasGraph()).isTrue();
            assertThat(items(index(), store).vectors().hasGraph()).isTrue(); // whoever opens the agent later
            assertThat(Files.getLastModifiedTime(graph())).isEqualTo(made);
        });
    }

    @Test
    void hnswSearchFindsTheResultsOfAFullScan() {
        onStore(store -> {
            SnapshotCache index = index();
            IndexSnapshot items = items(index, store);
            float[] query =
                    new WordEmbedder().embed(List.of("word7 and word42")).getFirst();
            BitSet half = items.live();
            for (int slot = 0; slot < items.size(); slot += 20) {
                half.clear(slot); // and yet more pass than are compared in full
            }
            List<Float> compared = best(items, query, half);
            index.makeGraph(store, () -> true);
            assertThat(best(items, query, half)).isEqualTo(compared);
            assertThat(IntStream.of(items.nearest(query, half, 10).slots())).allMatch(half::get);
        });
    }

    private static List<Float> best(IndexSnapshot items, float[] query, BitSet passing) {
        VectorSearch near = items.nearest(query, passing, 10);
        return IntStream.range(0, near.count())
                .mapToObj(near::cosine)
                .sorted((a, b) -> Float.compare(b, a))
                .limit(10)
                .toList();
    }

    @Test
    void hnswGraphIsAbsentWithoutTimeOrAfterADeletion() {
        onStore(store -> {
            SnapshotCache index = index();
            IndexSnapshot items = items(index, store);
            index.makeGraph(store, () -> false);
            assertThat(items.vectors().hasGraph()).isFalse();
            try (Stele stele = open(0)) {
                stele.agent(KIRA).deleteMessage("m7");
            }
            index.makeGraph(store, () -> true);
            assertThat(graph()).doesNotExist();
            assertThat(items.vectors().hasGraph()).isFalse();
        });
    }

    @Test
    void rebuildsAnInvalidHnswGraph() {
        onStore(store -> {
            index().makeGraph(store, () -> true); // knows no agent yet
            assertThat(graph()).doesNotExist();
            Files.write(graph(), new byte[1_000]);
            SnapshotCache index = index();
            IndexSnapshot items = items(index, store);
            assertThat(items.vectors().hasGraph()).isFalse();
            assertThat(index.withoutGraph()).containsExactly(KIRA);
            index.makeGraph(store, () -> true);
            assertThat(items.vectors().hasGraph()).isTrue();
        });
    }
}
