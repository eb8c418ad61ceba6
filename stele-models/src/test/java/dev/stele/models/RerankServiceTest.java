package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.MessageDraft;
import dev.stele.recall.Hit;
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
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reranking by a real HTTP service in the forms of Text Embeddings Inference, Cohere and Jina. */
class RerankServiceTest {

    @TempDir
    Path data;

    private HttpServer server;
    private final List<Map<?, ?>> requests = new CopyOnWriteArrayList<>();
    /** Changes the entries of an answer. */
    private volatile UnaryOperator<List<Object>> arrangement = UnaryOperator.identity();

    private volatile int status = 200;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/rerank", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** Answers that texts are the more relevant the more often they contain the letter z. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request =
                    (Map<?, ?>) Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            requests.add(request);
            boolean tei = request.containsKey("texts");
            var texts = (List<?>) request.get(tei ? "texts" : "documents");
            var entries = new ArrayList<Object>();
            for (int i = texts.size() - 1; i >= 0; i--) {
                double score =
                        texts.get(i).toString().chars().filter(c -> c == 'z').count();
                entries.add(Map.of("index", i, tei ? "score" : "relevance_score", score));
            }
            List<Object> arranged = arrangement.apply(entries);
            byte[] body =
                    Json.write(tei ? arranged : Map.of("results", arranged)).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private RerankService service(String kind) {
        return new RerankService(new RerankService.Settings(
                kind,
                "http://localhost:" + server.getAddress().getPort() + "/rerank",
                kind.equals("tei") ? "" : "some-model",
                "",
                Duration.ofSeconds(5),
                20));
    }

    private Stele open(String kind) {
        return Stele.open(
                SteleConfig.at(data), SteleModels.offline(Optional.empty()).withReranker(Optional.of(service(kind))));
    }

    private static AgentMemory talk(Stele stele) {
        AgentMemory memory = stele.agent("kira");
        for (int i = 0; i < 12; i++) {
            memory.remember(MessageDraft.user("s", "ana", "the boat number " + i + " " + "z".repeat(i))
                    .withId("boat" + i));
        }
        return memory;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tei", "cohere", "jina"})
    void bestHitsAreOrderedByTheServiceBeforeTheyAreCut(String kind) {
        try (Stele stele = open(kind)) {
            AgentMemory memory = talk(stele);
            List<Hit> hits = memory.recall(RecallQuery.of("boat").withLimit(3)).hits();
            assertThat(hits).extracting(Hit::id).containsExactly("boat11", "boat10", "boat9");
            assertThat(hits).extracting(Hit::score).isSortedAccordingTo((a, b) -> Double.compare(b, a));
            assertThat(requests).hasSize(1);
            RecallResult budget = memory.recall(RecallQuery.of("boat").withMaxTokens(60));
            assertThat(budget.hits().getFirst().id()).isEqualTo("boat11");
            assertThat(budget.tokens().orElseThrow()).isBetween(1, 60);
        }
    }

    @Test
    void failingServiceLeavesTheOrderAndIsUsedAgainOnceItIsMended() {
        try (Stele stele = open("tei")) {
            AgentMemory memory = talk(stele);
            List<UnaryOperator<List<Object>>> faults = List.of(
                    entries -> entries.subList(0, 3),
                    entries -> List.copyOf(java.util.Collections.nCopies(entries.size(), entries.getFirst())));
            for (UnaryOperator<List<Object>> fault : faults) {
                arrangement = fault;
                RecallResult result = memory.recall(RecallQuery.of("boat").withLimit(3));
                assertThat(result.hits()).hasSize(3);
                assertThat(result.notice().orElseThrow())
                        .contains("reranker tei")
                        .contains("no score");
            }
            arrangement = UnaryOperator.identity();
            assertThat(memory.recall(RecallQuery.of("boat").withLimit(3))
                            .hits()
                            .getFirst()
                            .id())
                    .isEqualTo("boat11");
        }
    }

    @Test
    void serviceThatKeepsFailingIsSkipped() {
        status = 503;
        try (Stele stele = open("cohere")) {
            AgentMemory memory = talk(stele);
            for (int i = 0; i < 8; i++) {
                assertThat(memory.recall(RecallQuery.of("boat").withLimit(2)).notice())
                        .isPresent();
            }
            assertThat(requests).hasSizeLessThan(8);
        }
    }

    @Test
    void invalidSettingsAreReportedWithTheirKeys() {
        assertThatThrownBy(() -> settings("magic", "http://a/", "m", 5)).hasMessageContaining("memory.reranker");
        assertThatThrownBy(() -> settings("jina", "", "m", 5)).hasMessageContaining("memory.reranker-url");
        assertThatThrownBy(() -> settings("jina", "http://a/", "", 5)).hasMessageContaining("memory.reranker-model");
        assertThatThrownBy(() -> settings("tei", "http://a/", "", 0)).hasMessageContaining("memory.reranker-depth");
        for (String url : List.of("localhost", "ftp://a/", "http://", "a b")) {
            assertThatThrownBy(() -> new RerankService(settings("tei", url, "", 5)))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("memory.reranker-url");
        }
    }

    private static RerankService.Settings settings(String kind, String url, String model, int depth) {
        return new RerankService.Settings(kind, url, model, "", Duration.ofSeconds(1), depth);
    }
}
