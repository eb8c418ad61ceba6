package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.model.InvalidInputException;
import dev.stele.model.MessageDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import dev.stele.support.Threads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model of these tests is written by them: its relevance of a text is the sum of the text's token numbers, so that a
 * long text is more relevant than its beginning. The tokenizer is that of the embedding model.
 */
class OnnxRerankerTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    @BeforeEach
    void write() throws IOException {
        Files.write(directory.resolve("model.onnx"), model(1));
        try (InputStream tokenizer =
                OnnxRerankerTest.class.getResourceAsStream("/bge-small-en-v1.5-q-tokenizer.json")) {
            Files.copy(Objects.requireNonNull(tokenizer), directory.resolve("tokenizer.json"));
        }
    }

    @Test
    void relevanceIsThatOfTheTextAndNotOfTheQueryOrThePadding() {
        var reranker = new OnnxReranker(directory, TIMEOUT, 50);
        List<String> texts = IntStream.range(0, 11)
                .mapToObj(i -> "tea" + " and tea".repeat(i))
                .toList();
        List<Double> relevance = reranker.relevance("Which tea?", texts);
        assertThat(relevance).hasSize(11).isSorted().doesNotHaveDuplicates();
        assertThat(reranker.relevance("Which other, much longer question about tea?", texts))
                .isEqualTo(relevance);
        assertThat(reranker.relevance("Which tea?", texts.subList(3, 4))).isEqualTo(relevance.subList(3, 4));
        assertThat(reranker.relevance("Which tea?", List.of())).isEmpty();
        assertThat(reranker.relevance("tea ".repeat(5_000), List.of("tea ".repeat(5_000))))
                .hasSize(1);
    }

    @Test
    void concurrentCallsGetTheirOwnResults() throws Exception {
        var reranker = new OnnxReranker(directory, TIMEOUT, 50);
        Threads.atOnce(8, n -> () -> {
            List<String> texts = List.of("tea", "tea " + "and milk ".repeat(n));
            List<Double> first = reranker.relevance("Which?", texts);
            for (int i = 0; i < 5; i++) {
                assertThat(reranker.relevance("Which?", texts)).isEqualTo(first);
            }
            return null;
        });
    }

    @Test
    void recallOrdersItsBestHitsByTheModel(@TempDir Path data) {
        SteleConfig config = SteleConfig.at(data).withEmbedder("none");
        var models = SteleModels.offline(Optional.empty())
                .withReranker(Optional.of(new OnnxReranker(directory, TIMEOUT, 50)));
        try (Stele stele = Stele.open(config, models)) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(List.of(
                    MessageDraft.user("s", "ana", "Tea."),
                    MessageDraft.user("s", "ana", "Tea is what I drink every single morning in the old kitchen.")));
            RecallResult result = memory.recall(RecallQuery.of("tea").withLimit(2));
            assertThat(result.hits())
                    .extracting(Hit::content)
                    .first()
                    .asString()
                    .startsWith("Tea is");
            assertThat(result.notice()).get().asString().doesNotContain("reranker"); // only of the missing embedder
        }
    }

    @Test
    void unusableModelIsNamedAndRecallKeepsItsOrder(@TempDir Path data) throws Exception {
        assertThatThrownBy(() -> new OnnxReranker(data.resolve("nowhere"), TIMEOUT, 50))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining("memory.reranker-model");
        Files.write(directory.resolve("model.onnx"), model(2));
        assertThatThrownBy(() -> new OnnxReranker(directory, TIMEOUT, 50).relevance("tea", List.of("tea")))
                .hasMessageContaining("one number for each text");
        Files.writeString(directory.resolve("model.onnx"), "no model");
        SteleModels models = SteleModels.offline(Optional.empty())
                .withReranker(Optional.of(new OnnxReranker(directory, TIMEOUT, 50)));
        try (Stele stele = Stele.open(SteleConfig.at(data).withEmbedder("none"), models)) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(
                    List.of(MessageDraft.user("s", "ana", "Tea."), MessageDraft.user("s", "ana", "Tea and milk.")));
            for (int i = 0; i < 2; i++) {
                RecallResult result = memory.recall(RecallQuery.of("tea").withLimit(2 + i));
                assertThat(result.hits()).hasSize(2);
                assertThat(result.notice()).get().asString().contains("cannot be loaded");
            }
        }
    }

    @Test
    void callBeyondItsTimeEndsAndLaterCallsWork() {
        var hurried = new OnnxReranker(directory, Duration.ofNanos(1), 50);
        assertThatThrownBy(() -> hurried.relevance("tea", List.of("tea", "milk")))
                .hasMessageContaining("memory.reranker-timeout");
        assertThat(new OnnxReranker(directory, TIMEOUT, 50).relevance("tea", List.of("tea", "milk")))
                .hasSize(2);
    }

    // ---- a model in the format of ONNX, see onnx.proto

    /** Returns a model that sums the token numbers of the text, once for each output. */
    private static byte[] model(int outputs) {
        Proto graph = new Proto()
                .message(1, node("Mul", List.of("input_ids", "token_type_ids"), "of_text", new Proto()))
                .message(
                        1,
                        node(
                                "ReduceSum",
                                List.of("of_text"),
                                "sum",
                                new Proto()
                                        .message(
                                                5,
                                                new Proto()
                                                        .text(1, "axes")
                                                        .number(8, 1)
                                                        .number(20, 7))));
        String sums = "sum";
        if (outputs > 1) {
            graph.message(
                    1,
                    node(
                            "Concat",
                            List.of("sum", "sum"),
                            "sums",
                            new Proto()
                                    .message(
                                            5,
                                            new Proto()
                                                    .text(1, "axis")
                                                    .number(3, 1)
                                                    .number(20, 2))));
            sums = "sums";
        }
        graph.message(
                        1,
                        node(
                                "Cast",
                                List.of(sums),
                                "logits",
                                new Proto()
                                        .message(
                                                5,
                                                new Proto()
                                                        .text(1, "to")
                                                        .number(3, 1)
                                                        .number(20, 2))))
                .text(2, "reranker")
                .message(11, value("input_ids", 7, "length"))
                .message(11, value("token_type_ids", 7, "length"))
                .message(12, value("logits", 1, "outputs"));
        return new Proto()
                .number(1, 7)
                .message(7, graph)
                .message(8, new Proto().text(1, "").number(2, 11))
                .bytes();
    }

    private static Proto node(String operator, List<String> inputs, String output, Proto attributes) {
        var node = new Proto();
        inputs.forEach(input -> node.text(1, input));
        return node.text(2, output).text(4, operator).append(attributes);
    }

    private static Proto value(String name, int type, String columns) {
        Proto shape = new Proto().message(1, new Proto().text(2, "texts")).message(1, new Proto().text(2, columns));
        return new Proto()
                .text(1, name)
                .message(2, new Proto().message(1, new Proto().number(1, type).message(2, shape)));
    }

    /** Writer of messages in the encoding of Protocol Buffers. */
    private static final class Proto {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        private void varint(long value) {
            long rest = value;
            while (rest > 0x7F) {
                out.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        Proto number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Proto text(int field, String text) {
            return bytes(field, text.getBytes(StandardCharsets.UTF_8));
        }

        Proto message(int field, Proto message) {
            return bytes(field, message.bytes());
        }

        private Proto bytes(int field, byte[] bytes) {
            varint((long) field << 3 | 2);
            varint(bytes.length);
            out.writeBytes(bytes);
            return this;
        }

        Proto append(Proto fields) {
            out.writeBytes(fields.bytes());
            return this;
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
