package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.config.SteleConfig;
import dev.stele.index.SnapshotCache.Model;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreView;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A memory that was written and never asked, so that its vectors are in no file yet. */
class VectorFilesTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final int MANY = 4_500;
    private static final int FORGOTTEN = 17;
    private static final WordEmbedder EMBEDDER = new WordEmbedder();
    private static final Model MODEL = Model.of(Optional.of(EMBEDDER));
    /** Memory for which these vectors are too much, and for which they are not. */
    private static final long LITTLE = 1 << 20;

    private static final long ENOUGH = 1 << 30;

    private final TypedArena arena =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);
    private final List<AgentName> toSave = new ArrayList<>();

    @TempDir
    static Path made;

    @TempDir
    Path data;

    @BeforeAll
    static void fill() {
        try (Stele stele = open(made)) {
            for (int from = 0; from < MANY; from += 500) {
                stele.agent("kira")
                        .remember(IntStream.range(from, from + 500)
                                .mapToObj(i -> MessageDraft.user("s" + i / 30, "ana", text(i))
                                        .withId("m" + i))
                                .toList());
            }
        }
    }

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.walk(made)) {
            for (Path file : files.skip(1).toList()) {
                Files.copy(file, data.resolve(made.relativize(file)));
            }
        }
        assertThat(file()).doesNotExist();
    }

    private static String text(int i) {
        return "turn %d about word%d and word%d".formatted(i, i % 97, i % 89);
    }

    private static Stele open(Path data) {
        return Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(EMBEDDER));
    }

    private Path file() {
        return data.resolve("agents/kira/vectors.derived");
    }

    private SnapshotCache index(long bytes) {
        return new SnapshotCache(bytes, 0, _ -> Optional.empty(), arena, Optional.of(toSave::add));
    }

    private void onStore(ThrowingConsumer<AgentStore> test) {
        try (AgentStores stores = SqliteStores.open(data, Limits.DEFAULT, true);
                AgentStore store = stores.openExisting(KIRA)) {
            test.accept(store);
        }
    }

    private void deleteOneMessage() {
        try (Stele stele = open(data)) {
            stele.agent("kira").deleteMessage("m" + FORGOTTEN);
        }
    }

    private static int[] nearest(IndexSnapshot items) {
        float[] query = EMBEDDER.embed(List.of(text(44))).getFirst();
        BitSet all = items.live();
        VectorSearch nearest = items.nearest(query, all, 20);
        return Arrays.stream(nearest.slots())
                .boxed()
                .sorted((a, b) -> Float.compare(nearest.exactCosine(b), nearest.exactCosine(a)))
                .limit(20)
                .mapToInt(slot -> slot)
                .toArray();
    }

    @Test
    void vectorsOverTheMemoryBudgetAreWrittenToAFile() {
        onStore(store -> {
            IndexSnapshot filed = store.read(view -> index(LITTLE).fresh(store, view, MODEL));
            assertThat(file()).exists();
            assertThat(filed.vectors().base()).isEqualTo(MANY);
            assertThat(filed.vectors().bytes()).isZero();
            assertThat(toSave).containsExactly(KIRA);

            Files.delete(file());
            IndexSnapshot held = store.read(view -> index(ENOUGH).fresh(store, view, MODEL));
            assertThat(file()).doesNotExist();
            assertThat(held.vectors().bytes()).isPositive();
            assertThat(nearest(filed)).isEqualTo(nearest(held));
            for (int slot = 0; slot < MANY; slot++) {
                assertThat(filed.vectors().get(filed.place(slot)))
                        .isEqualTo(held.vectors().get(held.place(slot)));
            }
        });
    }

    @Test
    void vectorFileMissingFewItemsIsKept() throws IOException {
        onStore(store -> store.read(view -> index(LITTLE).fresh(store, view, MODEL)));
        Object made = Files.getLastModifiedTime(file());
        try (Stele stele = open(data)) {
            stele.agent("kira").remember(MessageDraft.user("new", "ana", text(MANY)));
        }
        onStore(store -> {
            IndexSnapshot items = store.read(view -> index(LITTLE).fresh(store, view, MODEL));
            assertThat(items.count()).isEqualTo(MANY + 1);
            assertThat(items.vectors().base()).isEqualTo(MANY);
        });
        assertThat(Files.getLastModifiedTime(file())).isEqualTo(made);
    }

    @Test
    void vectorFileWrittenDuringADeletionIsRemoved() {
        onStore(store -> {
            SnapshotCache index = index(LITTLE);
            store.read(view -> {
                assertThat(view.lastChange()).isPositive(); // from now on it sees this moment
                deleteOneMessage();
                return index.at(store, view, MODEL).orElseThrow();
            });
            assertThat(file()).exists();
            assertThat(toSave).contains(KIRA);

            index.save(store);
            assertThat(file()).doesNotExist();
        });
    }

    @Test
    void vectorFileWithADeletedItemIsNotUsed() throws IOException {
        onStore(store -> store.read(view -> index(LITTLE).fresh(store, view, MODEL)));
        Path kept = data.resolve("kept");
        Files.copy(file(), kept);
        deleteOneMessage();
        assertThat(file()).doesNotExist();
        Files.copy(kept, file()); // as if its writer had been killed before it looked
        onStore(store -> {
            IndexSnapshot items = store.read(view -> index(ENOUGH).fresh(store, view, MODEL));
            assertThat(items.vectors().base()).isZero();
            assertThat(items.count()).isEqualTo(MANY - 1);
        });
        assertThat(file()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void vectorsAreHeldInMemoryWhenNoFileCanBeWritten(boolean readOnly) throws IOException {
        if (!readOnly) {
            Files.createDirectories(file().resolve("in the way"));
        }
        onStore(store -> {
            var index = readOnly
                    ? new SnapshotCache(LITTLE, 0, _ -> Optional.empty(), arena, Optional.empty())
                    : index(LITTLE);
            IndexSnapshot items = store.read(view -> index.fresh(store, view, MODEL));
            assertThat(items.vectors().base()).isZero();
            assertThat(items.count()).isEqualTo(MANY);
            assertThat(nearest(items)).hasSize(20);
        });
    }

    @Test
    void itemCountFollowsDeletions() {
        onStore(store -> {
            assertThat(store.<Long>read(StoreView::itemCount)).isEqualTo(MANY);
            deleteOneMessage();
            assertThat(store.<Long>read(StoreView::itemCount)).isEqualTo(MANY - 1);
        });
    }
}
