package dev.stele.models;

import dev.stele.embedding.Reranker;
import dev.stele.io.Secrets;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reranker that calls a service with a {@code /rerank} route: Text Embeddings Inference ({@code tei}), or the form that
 * Cohere and Jina share ({@code cohere}, {@code jina}). A service that keeps failing is skipped for a while, so that
 * queries do not wait for its timeout. Thread-safe.
 */
public final class RerankService implements Reranker {

    private final Settings settings;
    private final URI uri;
    private final HttpClient client;
    private final CircuitBreaker breaker;

    /**
     * Settings of a reranking service.
     *
     * @param kind {@code tei}, {@code cohere} or {@code jina}
     * @param url complete URL of the route, such as {@code http://localhost:8080/rerank}
     * @param model name of the model at the service; may be empty for {@code tei}
     * @param key API key of the service; empty text for none
     * @param timeout maximum time for an answer
     * @param depth number of best hits that are sent, at least 1
     */
    public record Settings(String kind, String url, String model, String key, Duration timeout, int depth) {

        /**
         * @throws InvalidInputException if a value is missing or out of range
         */
        public Settings {
            Secrets.register(key);
            if (!List.of("tei", "cohere", "jina").contains(kind)) {
                throw new InvalidInputException("There is no reranker of the kind " + kind
                        + "; memory.reranker is none, onnx, tei, cohere or jina.");
            }
            if (url.isBlank()) {
                throw new InvalidInputException("The reranker " + kind + " needs an address; set memory.reranker-url.");
            }
            if (model.isBlank() && !kind.equals("tei")) {
                throw new InvalidInputException("The reranker " + kind + " needs a model; set memory.reranker-model.");
            }
            if (depth < 1 || timeout.isNegative() || timeout.isZero()) {
                throw new InvalidInputException(
                        "Set memory.reranker-depth to at least 1 and memory.reranker-timeout to more than 0.");
            }
        }

        /** Omits the key. */
        @Override
        public String toString() {
            return "Settings[" + kind + ", " + url + ", " + model + "]";
        }
    }

    /**
     * Creates a reranker. It connects at the first request.
     *
     * @throws InvalidInputException if the address is no HTTP address
     */
    public RerankService(Settings settings) {
        this.settings = settings;
        try {
            this.uri = URI.create(settings.url());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(
                    "memory.reranker-url is " + Json.write(settings.url()) + ", which is no address.");
        }
        if (!("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) || uri.getHost() == null) {
            throw new InvalidInputException("memory.reranker-url is " + Json.write(settings.url())
                    + "; it must begin with http:// or https:// and a host.");
        }
        this.client = HttpClient.newBuilder().connectTimeout(settings.timeout()).build();
        this.breaker = ServiceBreaker.of(model());
    }

    @Override
    public String model() {
        return settings.model().isEmpty() ? settings.kind() : settings.kind() + ":" + settings.model();
    }

    @Override
    public int depth() {
        return settings.depth();
    }

    @Override
    public List<Double> relevance(String query, List<String> texts) {
        return CircuitBreaker.decorateSupplier(breaker, () -> request(query, texts))
                .get();
    }

    private List<Double> request(String query, List<String> texts) {
        Map<String, @Nullable Object> body = settings.kind().equals("tei")
                ? Json.fields()
                        .put("query", query)
                        .put("texts", texts)
                        .put("truncate", true)
                        .map()
                : Json.fields()
                        .put("model", settings.model())
                        .put("query", query)
                        .put("documents", texts)
                        .put("top_n", texts.size())
                        .map();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(settings.timeout())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)));
        if (!settings.key().isEmpty()) {
            request.header("Authorization", "Bearer " + settings.key());
        }
        try {
            HttpResponse<String> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() != 200) {
                throw new IllegalStateException("its status is " + response.statusCode());
            }
            return scores(response.body(), texts.size());
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage() == null ? "it is not reachable" : e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the request was interrupted", e);
        }
    }

    /**
     * Returns the scores of an answer in the order of the texts.
     *
     * @throws IllegalStateException if a text has no score, or more than one
     */
    private static List<Double> scores(String body, int texts) {
        Object answer = Json.read(body);
        Object entries = answer instanceof Map<?, ?> fields ? fields.get("results") : answer;
        Optional<List<Map<?, ?>>> ordered = entries instanceof List<?> list && list.size() == texts
                ? IndexedEntries.inOrder(list)
                : Optional.empty();
        var scores = new ArrayList<Double>();
        for (Map<?, ?> entry : ordered.orElse(List.of())) {
            Object score = entry.get("relevance_score") == null ? entry.get("score") : entry.get("relevance_score");
            if (score instanceof Number number) {
                scores.add(number.doubleValue());
            }
        }
        if (scores.size() < texts) {
            throw new IllegalStateException("its answer has no score for one of %d texts".formatted(texts));
        }
        return scores;
    }
}
