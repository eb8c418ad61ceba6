package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InProcessEmbedderTest {

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        for (int i = 0; i < a.length; i++) {
            dot += a[i] * b[i];
        }
        return dot;
    }

    @Test
    void modelIsFoundByNameAndIsASingleton() {
        Embedder found = EmbedderProvider.find("auto").orElseThrow();
        assertThat(found)
                .isSameAs(InProcessEmbedder.bgeSmall())
                .isSameAs(EmbedderProvider.find("bge-small").orElseThrow());
        assertThat(EmbedderProvider.find("minilm")).containsSame(InProcessEmbedder.miniLm());
        assertThat(EmbedderProvider.find("none")).isEmpty();
        assertThat(EmbedderProvider.find("absent")).isEmpty();
    }

    @Test
    void errorOfAModelThatIsMissingNamesItsArtifact() {
        assertThatThrownBy(() -> OnnxModel.load("another-model-v1.5-q", PoolingMode.MEAN, 384))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("dev.langchain4j:langchain4j-embeddings-another-model-v15-q");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bge-small", "minilm"})
    void vectorsHaveUnitLengthAndSimilarTextsHaveSimilarVectors(String name) {
        Embedder model = EmbedderProvider.find(name).orElseThrow();
        List<float[]> vectors = model.embed(
                List.of("The dog sleeps on the sofa", "A puppy naps on the couch", "Interest rates rose again"));
        assertThat(vectors).allSatisfy(vector -> {
            assertThat(vector).hasSize(model.dimension());
            assertThat(cosine(vector, vector)).isBetween(0.999, 1.001);
        });
        assertThat(cosine(vectors.get(0), vectors.get(1)))
                .isGreaterThan(model.floor())
                .isGreaterThan(cosine(vectors.get(0), vectors.get(2)) + 0.2);
        assertThat(model.ready()).isTrue();
    }

    /** Checks the resource with the computation that created it, which also serves for other models. */
    @ParameterizedTest
    @ValueSource(strings = {"bge-small", "minilm"})
    void centroidResourceIsTheMeanOfEverydaySentences(String name) throws IOException {
        Embedder model = EmbedderProvider.find(name).orElseThrow();
        List<String> sentences;
        try (InputStream file = getClass().getResourceAsStream("/everyday-sentences.txt")) {
            sentences = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        var mean = new float[model.dimension()];
        for (float[] vector : model.embed(sentences)) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i] / sentences.size();
            }
        }
        float[] center = model.center().orElseThrow();
        // The last digits of the output of a quantized model depend on the processor.
        assertThat(cosine(center, mean) / Math.sqrt(cosine(center, center) * cosine(mean, mean)))
                .isGreaterThan(0.999);
        assertThat(cosine(center, center))
                .isGreaterThan(0.05); // a centroid without a clear direction would have no effect
    }

    @Test
    void concurrentThreadsGetTheVectorsOfASingleThread() throws Exception {
        float[] alone = InProcessEmbedder.bgeSmall()
                .embed(List.of("one text among many"))
                .getFirst();
        var together = Threads.atOnce(
                32,
                i -> () -> InProcessEmbedder.bgeSmall()
                        .embed(
                                i % 2 == 0
                                        ? List.of("one text among many")
                                        : List.of("another " + i, "one text among many"))
                        .getLast());
        assertThat(together)
                .allSatisfy(vector -> assertThat(cosine(vector, alone)).isGreaterThan(0.9999));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " \n", "\u0001\u0002", "\u200b", "\ud83d", "\ufffd", "\u0301", "\ue000", "\u00ad", "👍🏽"})
    void textWithoutWordsHasAVector(String text) {
        assertThat(InProcessEmbedder.bgeSmall().embed(List.of(text, "a word")))
                .allSatisfy(vector -> assertThat(cosine(vector, vector)).isBetween(0.999, 1.001));
    }

    @Test
    void queryDoesNotWaitBehindTexts() throws Exception {
        InProcessEmbedder model = InProcessEmbedder.bgeSmall();
        float[] alone = model.embedQuery("who has a dog?");
        assertThat(model.embed(List.of("who has a dog?")).getFirst()).containsExactly(alone);
        var texts = CompletableFuture.supplyAsync(() -> model.embed(Collections.nCopies(32, "word ".repeat(500))));
        assertThat(model.embedQuery("who has a dog?")).containsExactly(alone);
        assertThat(texts).isNotDone(); // 32 texts of maximum length take much longer than one short query
        assertThat(texts.get()).hasSize(32);
    }

    @Test
    void textsOfAnyLengthAndKindAreAccepted() {
        assertThat(InProcessEmbedder.bgeSmall().embed(List.of("x", "word ".repeat(20_000), "日本語 🌍", "\n\t")))
                .hasSize(4);
        assertThat(InProcessEmbedder.bgeSmall().embed(List.of())).isEmpty();
    }

    @Test
    void queryFindsAnAnswerWithoutCommonWords(@TempDir Path data) {
        try (Stele stele = Stele.open(data)) {
            var memory = stele.agent("kira");
            memory.remember(List.of(
                    MessageDraft.user("s", "ana", "The puppy chewed up my sneakers")
                            .withId("puppy"),
                    MessageDraft.user("t", "ana", "Interest rates rose once more")
                            .withId("rates"),
                    MessageDraft.user("u", "ana", "We had pasta for dinner").withId("pasta")));
            assertThat(memory.recall(RecallQuery.of("Which shoes were ruined by a dog?")
                                    .withMode(RecallMode.SEMANTIC))
                            .hits()
                            .getFirst()
                            .id())
                    .isEqualTo("puppy");
            assertThat(SteleConfig.at(data).embedder()).isEqualTo("auto");
        }
    }
}
