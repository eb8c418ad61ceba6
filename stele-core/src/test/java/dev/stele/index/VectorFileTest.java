package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.config.SteleConfig;
import dev.stele.document.Section;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreView;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.WordEmbedder;
import dev.stele.vector.VectorFile;
import dev.stele.vector.VectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorFileTest {

    private static final int MANY = 5_000;

    private final TypedArena arena =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    @TempDir
    Path data;

    private Path file() {
        return data.resolve("agents/kira/vectors.derived");
    }

    private Stele open() {
        return Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(new WordEmbedder()));
    }

    private static String text(int i) {
        return "turn %d about word%d and word%d".formatted(i, i % 97, i % 89);
    }

    private static List<MessageDraft> turns(int from, int to) {
        var drafts = new ArrayList<MessageDraft>();
        for (int i = from; i < to; i++) {
            drafts.add(MessageDraft.user("s" + i / 30, "ana", text(i)).withId("m" + i));
        }
        return drafts;
    }

    /** Many messages, asked for once, so that a picture is there to be saved when it is closed. */
    private void fill() {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            for (int from = 0; from < MANY; from += 500) {
                memory.remember(turns(from, from + 500));
            }
            memory.recall("word5");
        }
    }

    private static List<Hit> ask(Stele stele) {
        return stele.agent("kira")
                .recall(RecallQuery.of("what was said about word42 and word17")
                        .withLimit(50)
                        .withExplain())
                .hits();
    }

    @Test
    void vectorFilePreservesVectorsAndHeader() throws IOException {
        var random = new Random(1);
        int count = 130; // no whole block
        var vectors = new float[count][70];
        for (float[] vector : vectors) {
            for (int k = 0; k < vector.length; k++) {
                vector[k] = (float) random.nextGaussian();
            }
        }
        var center = new float[70];
        Arrays.fill(center, 0.1f);
        Path path = data.resolve("v");
        VectorFile.write(
                path,
                new VectorFile.Head("model-1", count, 400, 77, center),
                to -> {
                    for (int i = 0; i < count; i++) {
                        to.item(3L * i + 1, i == 64 ? Optional.empty() : Optional.of(vectors[i]));
                    }
                },
                arena);
        VectorFile file = VectorFile.map(path);
        assertThat(file.model()).isEqualTo("model-1");
        assertThat(file.change()).isEqualTo(400);
        assertThat(file.history()).isEqualTo(77);
        assertThat(file.center()).isEqualTo(center);
        try (var mapped = new VectorStore(arena, file, Optional.empty())) {
            VectorStore.Search search = mapped.search(vectors[3]);
            for (int i = 0; i < count; i++) {
                assertThat(file.number(i)).isEqualTo(3L * i + 1);
                assertThat(file.hasVector(i)).isEqualTo(i != 64);
                assertThat(mapped.get(i)).isEqualTo(i == 64 ? new float[70] : vectors[i]);
            }
            assertThat(search.distance(3)).isZero();
            int place = mapped.add(vectors[5]);
            assertThat(place).isEqualTo(count);
            assertThat(mapped.get(place)).isEqualTo(vectors[5]);
            assertThat(search.distance(5))
                    .isEqualTo(mapped.search(vectors[3]).distance(place))
                    .isPositive();
        }
    }

    @Test
    void vectorsOfLargeAgentsAreSavedMappedAndUpdated() {
        fill();
        assertThat(file()).exists();
        try (AgentStores stores = SqliteStores.open(data, Limits.DEFAULT, true);
                AgentStore store = stores.open(new AgentName("kira"))) {
            var index = new SnapshotCache(1 << 30, 0, _ -> Optional.empty(), arena, Optional.empty());
            IndexSnapshot items = store.read(view -> index.at(store, view, new SnapshotCache.Model("words-64", 64))
                    .orElseThrow());
            assertThat(items.count()).isEqualTo(MANY);
            assertThat(items.vectors().base()).isEqualTo(MANY);
            index.drop(store);
        }
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            List<Hit> mapped = ask(stele);
            memory.remember(MessageDraft.user("s7", "ana", "one more about word42 and word17")
                    .withId("more"));
            memory.editMessage("m42", "nothing of the kind");
            memory.deleteMessage("m17");
            List<Hit> followed = ask(stele);
            assertThat(followed).extracting(Hit::id).contains("more").doesNotContain("m17");
            assertThat(file()).doesNotExist(); // something was forgotten
            try (Stele anew = open()) {
                assertThat(ask(anew)).isEqualTo(followed).isNotEqualTo(mapped);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"message", "note", "observation", "passage"})
    void deletionAfterTheSavedChangeIsDetected(String kind) {
        try (Stele stele = open();
                AgentStores stores = SqliteStores.open(data, Limits.DEFAULT, true)) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", "a message").withId("m"));
            memory.notes().create(NoteDraft.of("fact", "a note").withId("n"));
            memory.graph().put(EntityDraft.of("person", "Ada", "an observation"));
            memory.documents()
                    .add(Documents.Draft.of(
                            "papers", Optional.of("d"), "Paper", List.of(new Section("", "a passage"))));
            try (AgentStore store = stores.openExisting(new AgentName("kira"))) {
                long saved = store.read(StoreView::lastChange);
                memory.remember(MessageDraft.user("s", "ana", "one more"));
                assertThat(store.<Boolean>read(view -> view.forgotAfter(saved))).isFalse();
                switch (kind) {
                    case "message" -> memory.deleteMessage("m");
                    case "note" -> memory.notes().delete("n");
                    case "observation" -> memory.graph().delete("Ada");
                    default -> memory.documents().delete("papers", "d");
                }
                assertThat(store.<Boolean>read(view -> view.forgotAfter(saved))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"damaged", "truncated", "foreign", "empty"})
    void rebuildsAnInvalidVectorFileWithOneLogLineAndNoFailedQuery(String how) throws IOException {
        fill();
        byte[] bytes = Files.readAllBytes(file());
        switch (how) {
            case "damaged" -> {
                bytes[bytes.length / 2] ^= 1;
                Files.write(file(), bytes);
            }
            case "truncated" -> Files.write(file(), Arrays.copyOf(bytes, bytes.length / 3));
            case "empty" -> Files.write(file(), new byte[0]);
            default -> {
                // The file of another memory, as large and as old in changes.
                Path kept = data.resolve("kept");
                Files.copy(file(), kept);
                try (Stele stele = open()) {
                    stele.forget(new AgentName("kira"));
                }
                fill();
                Files.copy(kept, file(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
        var lines = new ArrayList<String>();
        var log = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(VectorFiles.class.getName());
        logger.addHandler(log);
        List<Hit> answered;
        try (Stele stele = open()) {
            answered = ask(stele);
            assertThat(answered).isNotEmpty();
            ask(stele);
        } finally {
            logger.removeHandler(log);
        }
        assertThat(lines).hasSize(1);
        assertThat(VectorFile.map(file()).count()).isEqualTo(MANY); // made anew when it was closed
        try (Stele stele = open()) {
            assertThat(ask(stele)).isEqualTo(answered);
        }
    }

    @Test
    void invalidVectorFileIsRefusedWithTheCause() throws IOException {
        Path path = data.resolve("v");
        Files.write(path, new byte[100]);
        assertThatThrownBy(() -> VectorFile.map(path)).isInstanceOf(IOException.class);
        Files.write(path, new byte[3]);
        assertThatThrownBy(() -> VectorFile.map(path)).hasMessageContaining("checksum");
    }
}
