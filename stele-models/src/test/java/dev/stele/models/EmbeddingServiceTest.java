package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link EmbeddingService} against a local server that speaks all protocols, fails, stalls and sends invalid vectors.
 */
class EmbeddingServiceTest {

    private static final int DIMENSION = 8;

    @TempDir
    Path data;

    private HttpServer server;
    private final CountDownLatch stalled = new CountDownLatch(1);
    private final AtomicInteger failures = new AtomicInteger();
    private final List<Map<?, ?>> requests = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();

    private volatile boolean stall;
    /** Whether the service answers each request with an error message that contains the key of the request. */
    private volatile boolean quotesKey;

    /** Order, number and indexes of the vectors in an answer of OpenAI's protocol. */
    private volatile UnaryOperator<List<Map<String, Object>>> arrangement = UnaryOperator.identity();

    private volatile int dimension = DIMENSION;
    private volatile int longest = Integer.MAX_VALUE;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/embeddings", exchange -> answer(exchange, "openai"));
        server.createContext("/api/embed", exchange -> answer(exchange, "ollama"));
        server.createContext("/v1beta/models/", exchange -> answer(exchange, "gemini"));
        server.start();
    }

    @AfterEach
    void stop() {
        stalled.countDown();
        server.stop(0);
    }

    private void answer(HttpExchange exchange, String kind) throws IOException {
        try (exchange) {
            var request =
                    (Map<?, ?>) Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            requests.add(request);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (stall) {
                stalled.await();
            }
            if (quotesKey) {
                byte[] error = Json.write(Map.of("error", Map.of("message", "Incorrect API key provided: secret-key.")))
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(401, error.length);
                exchange.getResponseBody().write(error);
                return;
            }
            if (failures.getAndDecrement() > 0) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            List<String> texts = kind.equals("gemini") ? geminiTexts(request) : texts(request);
            if (texts.stream().anyMatch(this::refused)) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            var vectors = new ArrayList<List<Double>>();
            for (String text : texts) {
                var vector = new ArrayList<Double>();
                for (int i = 0; i < dimension; i++) {
                    vector.add(1.0 + text.chars().filter(c -> c % 8 == 0).count() * (i + 1));
                }
                vectors.add(vector);
            }
            Object body = switch (kind) {
                case "ollama" -> Map.of("model", "m", "embeddings", vectors);
                case "gemini" ->
                    Map.of(
                            "embeddings",
                            vectors.stream()
                                    .map(vector -> Map.of("values", vector))
                                    .toList());
                default ->
                    Map.of(
                            "object",
                            "list",
                            "model",
                            "m",
                            "data",
                            arrangement.apply(java.util.stream.IntStream.range(0, vectors.size())
                                    .<Map<String, Object>>mapToObj(
                                            i -> Map.of("object", "embedding", "index", i, "embedding", vectors.get(i)))
                                    .toList()),
                            "usage",
                            Map.of("prompt_tokens", 1, "total_tokens", 1));
            };
            byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean refused(String text) {
        return text.length() > longest || text.contains("unspeakable");
    }

    private static List<String> texts(Map<?, ?> request) {
        return ((List<?>) request.get("input")).stream().map(String::valueOf).toList();
    }

    private static List<String> geminiTexts(Map<?, ?> request) {
        return ((List<?>) request.get("requests"))
                .stream()
                        .map(one -> (Map<?, ?>) ((Map<?, ?>) one).get("content"))
                        .map(content -> (Map<?, ?>) ((List<?>) content.get("parts")).getFirst())
                        .map(part -> String.valueOf(part.get("text")))
                        .toList();
    }

    private EmbeddingService service(String kind, int attempts) {
        String url = "http://localhost:" + server.getAddress().getPort()
                + switch (kind) {
                    case "openai" -> "/v1";
                    case "gemini" -> "/v1beta";
                    default -> "";
                };
        return EmbeddingService.of(new EmbeddingService.Settings(
                kind, url, "some-model", "secret-key", DIMENSION, Duration.ofMillis(700), 3, 0, attempts));
    }

    @Test
    void everyProtocolReturnsUnitVectorsInOrderAndInBatches() {
        for (String kind : List.of("openai", "ollama", "gemini")) {
            requests.clear();
            EmbeddingService service = service(kind, 1);
            List<float[]> vectors = service.embed(List.of("a", "hhhh", "b", "", "pp"));
            assertThat(vectors).hasSize(5).allSatisfy(vector -> {
                double length = 0;
                for (float value : vector) {
                    length += value * value;
                }
                assertThat(length).isBetween(0.999, 1.001);
            });
            assertThat(service.embed(List.of("hhhh")).getFirst()).isEqualTo(vectors.get(1));
            assertThat(requests).hasSize(3); // batches of three and two texts, and one retry
            if (!kind.equals("gemini")) { // Gemini has the model in the path
                assertThat(requests.getFirst().get("model")).isEqualTo("some-model");
            }
            assertThat(service.model()).isEqualTo(kind + ":some-model");
            assertThat(service.ready()).isTrue();
        }
        assertThat(keys).contains("Bearer secret-key");
    }

    @Test
    void occasionallyFailingServiceIsRetried() {
        failures.set(2);
        assertThat(service("openai", 3).embed(List.of("a"))).hasSize(1);
        assertThat(requests).hasSize(3);
    }

    @Test
    void failingServiceOpensTheBreakerAndQueriesFallBackToKeywords() {
        EmbeddingService service = service("openai", 1);
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(service))) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("s", "ana", "green tea is fine"));
            failures.set(Integer.MAX_VALUE);
            kira.remember(MessageDraft.user("s", "ana", "black tea is fine too")); // is stored without a vector
            for (int i = 0; i < 20; i++) {
                RecallResult answer = kira.recall(RecallQuery.of("tea number " + i));
                assertThat(answer.hits()).hasSize(2);
                assertThat(answer.mode()).isEqualTo(RecallMode.KEYWORD);
                assertThat(answer.notice())
                        .hasValueSatisfying(notice ->
                                assertThat(notice).contains("openai:some-model").doesNotContain("secret-key"));
            }
            assertThat(requests.size()).isLessThan(10);
            assertThat(service.ready()).isFalse();
        }
    }

    @Test
    void refusedTextIsNotRetriedAndDoesNotAffectOtherTexts() {
        longest = 2_000;
        EmbeddingService service = service("openai", 3);
        assertThatThrownBy(() -> service.embed(List.of("x".repeat(2_001))))
                .hasMessageContaining("openai:some-model does not answer");
        assertThat(requests).hasSize(1);
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(service))) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(List.of(
                    MessageDraft.user("s", "ana", "green tea is fine"),
                    MessageDraft.user("s", "ana", "black tea too ".repeat(500)),
                    MessageDraft.user("s", "ana", "unspeakable"),
                    MessageDraft.user("s", "ana", "mint tea as well")));
            kira.runMaintenance();
            assertThat(kira.stats().embedded()).isEqualTo(4);
            assertThat(kira.verify().problems()).isEmpty();
            assertThat(service.ready()).isTrue();
            assertThat(kira.recall(RecallQuery.of("mint tea")).mode()).isEqualTo(RecallMode.HYBRID);
            assertThat(kira.recall(RecallQuery.of("unspeakable")).hits()).isNotEmpty();
        }
    }

    @Test
    void apiKeyInAnErrorOfTheServiceIsHiddenInErrorsAndResults(@TempDir Path data) {
        quotesKey = true;
        for (String kind : List.of("openai", "ollama", "gemini")) {
            assertThatThrownBy(() -> service(kind, 1).embed(List.of("a")))
                    .hasMessageContaining("does not answer")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret-key"));
        }
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(service("openai", 1)))) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "I drink tea"));
            var answer = stele.agent("kira").recall("tea");
            assertThat(answer.hits()).hasSize(1);
            assertThat(answer.toString()).contains("does not answer").doesNotContain("secret-key");
        }
    }

    @Test
    void stallingServiceIsAbortedAfterTheTimeout() {
        stall = true;
        assertThatThrownBy(() -> service("openai", 1).embed(List.of("a")))
                .hasMessageContaining("openai:some-model does not answer");
        assertThatThrownBy(() -> service("ollama", 1).embed(List.of("a")))
                .hasMessageContaining("ollama:some-model does not answer");
    }

    @Test
    void vectorsOfWrongDimensionAreAnErrorThatNamesTheSetting() {
        dimension = 5;
        assertThatThrownBy(() -> service("openai", 1).embed(List.of("a")))
                .hasMessageContaining("vectors of 5 dimensions")
                .hasMessageContaining("memory.embedding-dimension");
    }

    @Test
    void incompleteSettingsAreRefusedWithTheMissingPart() {
        assertThatThrownBy(() -> new EmbeddingService.Settings("openai", "", "", "", 8, Duration.ofSeconds(1), 1, 0, 1))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("memory.embedding-model");
        assertThatThrownBy(
                        () -> new EmbeddingService.Settings("openai", "", "m", "", 0, Duration.ofSeconds(1), 1, 0, 1))
                .hasMessageContaining("memory.embedding-dimension");
        var onnx = new EmbeddingService.Settings("onnx", "", data.toString(), "", 8, Duration.ofSeconds(1), 1, 0, 1);
        assertThatThrownBy(() -> EmbeddingService.of(onnx)).hasMessageContaining("model.onnx");
        assertThat(new EmbeddingService.Settings("openai", "", "m", "secret", 8, Duration.ofSeconds(1), 1, 0, 1)
                        .toString())
                .doesNotContain("secret");
    }

    @Test
    void vectorsArePairedWithTextsByIndex() {
        List<String> texts = List.of("hhhh", "b", "hh", "c", "hhh");
        List<float[]> inOrder = service("openai", 1).embed(texts);
        arrangement = List::reversed;
        assertThat(service("openai", 1).embed(texts)).containsExactlyElementsOf(inOrder);
        arrangement = vectors -> vectors.stream()
                .map(vector -> Map.of("object", "embedding", "embedding", vector.get("embedding")))
                .toList();
        assertThat(service("openai", 1).embed(texts)).containsExactlyElementsOf(inOrder);
    }

    @Test
    void answersWithMissingOrWrongIndexesAreRefusedUntilTheServiceIsMended() {
        EmbeddingService service = service("openai", 1);
        List<UnaryOperator<List<Map<String, Object>>>> faults = List.of(
                vectors -> vectors.subList(0, 2),
                vectors -> List.of(vectors.get(0), vectors.get(0), vectors.get(1)),
                vectors -> indexed(vectors, 1, 2, 3),
                vectors -> indexed(vectors, -1, 0, 1),
                vectors -> List.of(
                        vectors.get(0), Map.of("embedding", vectors.get(1).get("embedding")), vectors.get(2)));
        for (UnaryOperator<List<Map<String, Object>>> fault : faults) {
            arrangement = fault;
            EmbeddingService fresh = service("openai", 1);
            assertThatThrownBy(() -> fresh.embed(List.of("a", "b", "c"))).hasMessageContaining("does not answer");
            arrangement = UnaryOperator.identity();
            assertThat(service.embed(List.of("a", "b", "c"))).hasSize(3);
        }
    }

    private static List<Map<String, Object>> indexed(List<Map<String, Object>> vectors, int... indexes) {
        return java.util.stream.IntStream.range(0, indexes.length)
                .<Map<String, Object>>mapToObj(i ->
                        Map.of("index", indexes[i], "embedding", vectors.get(i).get("embedding")))
                .toList();
    }
}
