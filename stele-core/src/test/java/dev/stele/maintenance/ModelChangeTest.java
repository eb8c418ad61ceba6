package dev.stele.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.embedding.Embedder;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another embedding model: vectors are made anew while the former ones serve. */
class ModelChangeTest {

    private static final int ITEMS = 150;

    @TempDir
    Path data;

    /** The same vectors backwards, under another name and of another dimension; fails after so many texts. */
    private static final class Backwards implements Embedder {
        private final Embedder words = new WordEmbedder();
        private final AtomicInteger left;
        private final AtomicInteger embedded = new AtomicInteger();

        Backwards(int left) {
            this.left = new AtomicInteger(left);
        }

        @Override
        public String model() {
            return "backwards-65";
        }

        @Override
        public int dimension() {
            return 65;
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            if (left.addAndGet(-texts.size()) < 0) {
                throw new IllegalStateException("the model is down");
            }
            embedded.addAndGet(texts.size());
            return words.embed(texts).stream()
                    .map(vector -> {
                        float[] longer = Arrays.copyOf(vector, 65);
                        for (int i = 0; i < 32; i++) {
                            float first = longer[i];
                            longer[i] = longer[64 - i];
                            longer[64 - i] = first;
                        }
                        return longer;
                    })
                    .toList();
        }
    }

    private Stele open(Embedder embedder, boolean formerIsThere) {
        return Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(embedder))
                        .withFormer(model -> formerIsThere && model.equals("words-64")
                                ? Optional.of(new WordEmbedder())
                                : Optional.empty()));
    }

    private static List<Hit> ask(Stele stele) {
        return stele.agent("kira")
                .recall(RecallQuery.of("word3 of five")
                        .withMode(RecallMode.SEMANTIC)
                        .withLimit(5)
                        .withExplain())
                .hits();
    }

    private void fill() {
        try (Stele stele = open(new WordEmbedder(), false)) {
            var drafts = new ArrayList<MessageDraft>();
            for (int i = 0; i < ITEMS; i++) {
                drafts.add(MessageDraft.user("s" + i / 10, "ana", "word" + i % 10 + " of many " + i)
                        .withId("m" + i));
            }
            stele.agent("kira").remember(drafts);
        }
    }

    @Test
    void previousModelServesUntilMigrationEndsAndMigratedVectorsAreKept() {
        fill();
        List<Hit> before;
        try (Stele former = open(new WordEmbedder(), false)) {
            before = ask(former);
        }
        assertThat(before).isNotEmpty();
        var failing = new Backwards(100);
        try (Stele stele = open(failing, true)) {
            stele.agent("kira").runMaintenance(); // breaks off when the model does
            assertThat(stele.agent("kira").stats().embedded()).isBetween(50L, 100L);
            assertThat(ask(stele)).isEqualTo(before);
            assertThat(stele.agent("kira").verify().problems()).isEmpty();
        }
        int done = failing.embedded.get();
        var whole = new Backwards(Integer.MAX_VALUE);
        try (Stele stele = open(whole, true)) {
            assertThat(ask(stele)).isEqualTo(before);
            stele.agent("kira").runMaintenance();
            assertThat(whole.embedded.get()).isEqualTo(ITEMS - done);
            assertThat(stele.agent("kira").stats().embedded()).isEqualTo(ITEMS);
            List<Hit> after = ask(stele);
            assertAlike(after, before);
            assertThat(stele.agent("kira").verify().problems()).isEmpty();
        }
        // The former one is not needed any more, and nothing of it is left.
        try (Stele stele = open(new Backwards(Integer.MAX_VALUE), false)) {
            assertAlike(ask(stele), before);
        }
    }

    /** Both models mean the same but round otherwise, so that hits that are equally good may change places. */
    private static void assertAlike(List<Hit> some, List<Hit> others) {
        assertThat(some).hasSameSizeAs(others);
        for (int i = 0; i < some.size(); i++) {
            assertThat(some.get(i).score()).isCloseTo(others.get(i).score(), Offset.offset(1e-3));
        }
    }

    @Test
    void explicitEmbeddingMigratesVectorsAndReportsFailures() {
        fill();
        try (Stele stele = open(new Backwards(60), true)) {
            AgentMemory kira = stele.agent("kira");
            assertThatThrownBy(() -> kira.embed(false, _ -> {})).hasMessageContaining("backwards-65");
            assertThat(kira.stats().servingModel()).isEqualTo("words-64");
        }
        var whole = new Backwards(Integer.MAX_VALUE);
        try (Stele stele = open(whole, true)) {
            AgentMemory kira = stele.agent("kira");
            var told = new ArrayList<Long>();
            kira.embed(false, told::add);
            assertThat(told).isSorted().last().isEqualTo((long) whole.embedded.get());
            assertThat(kira.stats().servingModel()).isEqualTo("backwards-65");
            whole.embedded.set(0);
            kira.embed(true, _ -> {});
            assertThat(whole.embedded.get()).isEqualTo(ITEMS);
        }
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            assertThatThrownBy(() -> stele.agent("kira").embed(false, _ -> {})).hasMessageContaining("memory.embedder");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "another length", "too few"})
    void invalidVectorsAreNeitherStoredNorCompared(String what) {
        var wrong = new Embedder() {
            @Override
            public String model() {
                return "wrong";
            }

            @Override
            public int dimension() {
                return 4;
            }

            @Override
            public boolean ready() {
                return true;
            }

            @Override
            public List<float[]> embed(List<String> texts) {
                return switch (what) {
                    case "NaN" ->
                        texts.stream()
                                .map(_ -> new float[] {1, Float.NaN, 0, 0})
                                .toList();
                    case "another length" ->
                        texts.stream().map(_ -> new float[3]).toList();
                    default -> List.of();
                };
            }
        };
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(wrong))) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("s", "ana", "green tea"));
            assertThat(kira.stats().embedded()).isZero();
            var answer = kira.recall("tea");
            assertThat(answer.hits()).hasSize(1);
            assertThat(answer.notice())
                    .hasValueSatisfying(notice -> assertThat(notice).contains("model wrong"));
        }
    }

    @Test
    void keywordSearchServesWithoutThePreviousModel() {
        fill();
        try (Stele stele = open(new Backwards(0), false)) {
            var hybrid = stele.agent("kira").recall(RecallQuery.of("word3"));
            assertThat(hybrid.mode()).isEqualTo(RecallMode.KEYWORD);
            assertThat(hybrid.notice())
                    .hasValueSatisfying(notice -> assertThat(notice).contains("the model is down"));
            assertThat(hybrid.hits()).isNotEmpty();
        }
    }

    @Test
    void messagesWrittenDuringMigrationAreFoundAndMigrationIsReversible() {
        fill();
        try (Stele stele = open(new Backwards(10), true)) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("new", "ana", "a brandnew thing").withId("new"));
            assertThat(kira.recall("brandnew").hits()).extracting(Hit::id).contains("new");
            kira.deleteMessage("m3");
            assertThat(kira.verify().problems()).isEmpty();
        }
        try (Stele back = open(new WordEmbedder(), false)) {
            AgentMemory kira = back.agent("kira");
            kira.runMaintenance();
            assertThat(kira.stats().embedded()).isEqualTo(ITEMS);
            assertThat(kira.recall(RecallQuery.of("brandnew").withMode(RecallMode.SEMANTIC))
                            .hits()
                            .getFirst()
                            .id())
                    .isEqualTo("new");
            assertThat(back.exists(new AgentName("kira"))).isTrue();
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @Test
    void closeWaitsForFewVectorsAndMaintenanceBackfillsTheRest() throws Exception {
        int count = 400;
        var made = new AtomicInteger();
        var slow = new WordEmbedder() {
            @Override
            public List<float[]> embed(List<String> texts) {
                made.addAndGet(texts.size());
                LockSupport.parkNanos(texts.size() * 20_000_000L);
                return super.embed(texts);
            }
        };
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(slow))) {
            AgentMemory kira = stele.agent("kira");
            for (int i = 0; i < count; i++) {
                kira.rememberAsync(MessageDraft.user("s", "ana", "number" + i));
            }
        }
        assertThat(made.get()).isPositive().isLessThan(count);
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            AgentMemory kira = stele.agent("kira");
            assertThat(kira.stats().messages()).isEqualTo(count);
            kira.runMaintenance();
            assertThat(kira.stats().embedded()).isEqualTo(count);
            assertThat(kira.recall(RecallQuery.of("number7").withMode(RecallMode.SEMANTIC))
                            .hits()
                            .getFirst()
                            .content())
                    .isEqualTo("number7");
        }
    }

    @Test
    void modelWithAnInvalidCentroidIsRefusedBeforeOpening() {
        var wrong = new WordEmbedder() {
            @Override
            public Optional<float[]> center() {
                return Optional.of(new float[3]);
            }
        };
        assertThatThrownBy(() -> Stele.open(SteleConfig.at(data), Optional.of(wrong)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("3 numbers; it says 64");
        assertThat(data).isEmptyDirectory();
    }
}
