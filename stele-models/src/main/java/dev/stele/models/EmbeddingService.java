package dev.stele.models;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.http.client.HttpClientBuilderLoader;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.langchain4j.model.googleai.GoogleAiEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.stele.embedding.Embedder;
import dev.stele.io.Secrets;
import dev.stele.model.InvalidInputException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Embedder that calls a service (OpenAI's protocol, Ollama, Gemini) or runs an ONNX model from a directory.
 * Thread-safe.
 *
 * <p>Failed requests are retried with exponential backoff. A circuit breaker stops requests to a service that keeps
 * failing for {@link ServiceBreaker#OPEN_TIME}, so that queries fall back to keyword search at once instead of waiting
 * for timeouts.
 */
public final class EmbeddingService implements Embedder {

    /** Delay before the first retry; doubles with each further retry. */
    private static final Duration FIRST_RETRY_DELAY = Duration.ofMillis(200);

    private final String model;
    private final Settings settings;
    private final Retry retry;
    private final CircuitBreaker breaker;
    private final RateLimiter limiter;

    /** Created by the first request, because class initialization of the client takes some hundred milliseconds. */
    private final Lazy<EmbeddingModel> client;

    /**
     * Settings of an embedding model.
     *
     * @param kind {@code openai}, {@code ollama}, {@code gemini} or {@code onnx}
     * @param url URL of the service, including {@code /v1} for OpenAI's protocol; empty text for the default URL of the
     *     kind
     * @param model name of the model at the service; for {@code onnx} a directory with {@code model.onnx} and {@code
     *     tokenizer.json}
     * @param key API key of the service; empty text for none
     * @param dimension number of elements of a vector, at least 1
     * @param timeout timeout of one request
     * @param batch maximum number of texts in one request, at least 1
     * @param perSecond maximum number of requests per second; 0 for no limit
     * @param attempts maximum number of attempts of a request, at least 1
     */
    public record Settings(
            String kind,
            String url,
            String model,
            String key,
            int dimension,
            Duration timeout,
            int batch,
            int perSecond,
            int attempts) {

        /**
         * @throws InvalidInputException if the model is missing or a number is out of range
         */
        public Settings {
            Secrets.register(key);
            if (model.isBlank()) {
                throw new InvalidInputException("The embedder " + kind + " needs a model; set memory.embedding-model.");
            }
            if (dimension < 1) {
                throw new InvalidInputException(
                        "The embedder %s needs the number of dimensions of %s; set memory.embedding-dimension."
                                .formatted(kind, model));
            }
            if (batch < 1 || attempts < 1 || perSecond < 0 || timeout.isNegative() || timeout.isZero()) {
                throw new InvalidInputException(
                        "Batch, attempts and timeout of an embedder must be greater than 0, and its rate must not be negative.");
            }
        }

        /** Omits the key. */
        @Override
        public String toString() {
            return "Settings[" + kind + ", " + url + ", " + model + "]";
        }
    }

    private EmbeddingService(Settings settings, String model, Supplier<EmbeddingModel> loader) {
        this.settings = settings;
        this.model = model;
        this.client = new Lazy<>(loader);
        this.retry = Retry.of(
                model,
                RetryConfig.custom()
                        .maxAttempts(settings.attempts())
                        .retryOnException(e -> !(e instanceof NonRetriableException))
                        .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(FIRST_RETRY_DELAY, 2.0))
                        .build());
        this.breaker = CircuitBreaker.of(
                model,
                ServiceBreaker.config()
                        // A refused text, for example one that is too long, does not mean that the service is down.
                        .ignoreException(InvalidRequestException.class::isInstance)
                        .build());
        this.limiter = RateLimiter.of(
                model,
                RateLimiterConfig.custom()
                        .limitRefreshPeriod(Duration.ofSeconds(1))
                        .limitForPeriod(settings.perSecond() == 0 ? Integer.MAX_VALUE : settings.perSecond())
                        .timeoutDuration(Duration.ofMinutes(1))
                        .build());
    }

    /**
     * Returns an embedder. It connects to the service or loads the model at the first request.
     *
     * @throws InvalidInputException if a file of the model is missing or the kind is unknown
     */
    public static EmbeddingService of(Settings settings) {
        String name = settings.kind() + ":" + settings.model();
        return switch (settings.kind()) {
            case "openai" -> new EmbeddingService(settings, name, () -> openAi(settings));
            case "ollama" -> new EmbeddingService(settings, name, () -> ollama(settings));
            case "gemini" -> new EmbeddingService(settings, name, () -> gemini(settings));
            case "onnx" -> {
                Path directory = Path.of(settings.model());
                Path file = directory.resolve("model.onnx");
                Path tokenizer = directory.resolve("tokenizer.json");
                for (Path needed : List.of(file, tokenizer)) {
                    if (!Files.isRegularFile(needed)) {
                        throw new InvalidInputException(
                                "There is no %s; memory.embedding-model names a directory with model.onnx and tokenizer.json."
                                        .formatted(needed));
                    }
                }
                yield new EmbeddingService(
                        settings,
                        "onnx:" + directory.toAbsolutePath().normalize().getFileName(),
                        () -> new OnnxEmbeddingModel(file, tokenizer, PoolingMode.MEAN));
            }
            default -> throw new InvalidInputException("There is no embedder of the kind " + settings.kind() + ".");
        };
    }

    private static EmbeddingModel openAi(Settings settings) {
        OpenAiEmbeddingModel.OpenAiEmbeddingModelBuilder builder = OpenAiEmbeddingModel.builder()
                .httpClientBuilder(IndexedEmbeddings.around(HttpClientBuilderLoader.loadHttpClientBuilder()))
                .modelName(settings.model())
                .timeout(settings.timeout())
                .maxRetries(0)
                .maxSegmentsPerBatch(settings.batch())
                // Self-hosted services need no key, but the client requires one.
                .apiKey(settings.key().isEmpty() ? "none" : settings.key());
        return (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
    }

    private static EmbeddingModel ollama(Settings settings) {
        return OllamaEmbeddingModel.builder()
                .baseUrl(settings.url().isEmpty() ? "http://localhost:11434" : settings.url())
                .modelName(settings.model())
                .timeout(settings.timeout())
                .maxRetries(0)
                .build();
    }

    private static EmbeddingModel gemini(Settings settings) {
        var builder = GoogleAiEmbeddingModel.builder()
                .modelName(settings.model())
                .timeout(settings.timeout())
                .maxRetries(0)
                .outputDimensionality(settings.dimension())
                .apiKey(settings.key().isEmpty() ? "none" : settings.key());
        return (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public int dimension() {
        return settings.dimension();
    }

    @Override
    public boolean ready() {
        return client.isComputed() && breaker.getState() != CircuitBreaker.State.OPEN;
    }

    /**
     * Computes the vectors of texts.
     *
     * @throws IllegalStateException if the service failed, or the circuit breaker is open
     */
    @Override
    public List<float[]> embed(List<String> texts) {
        var vectors = new ArrayList<float[]>(texts.size());
        for (List<TextSegment> batch : TextBatches.batches(texts, settings.batch())) {
            for (Embedding embedding : request(batch)) {
                vectors.add(unit(embedding.vector()));
            }
        }
        return vectors;
    }

    private List<Embedding> request(List<TextSegment> batch) {
        // The circuit breaker encloses the retries, so a request with retries counts once.
        Supplier<List<Embedding>> request = RateLimiter.decorateSupplier(limiter, () -> {
            List<Embedding> answer = client().embedAll(batch).content();
            if (answer.size() != batch.size()) {
                throw new IllegalStateException(
                        "it returned %d vectors for %d texts".formatted(answer.size(), batch.size()));
            }
            return answer;
        });
        try {
            return CircuitBreaker.decorateSupplier(breaker, Retry.decorateSupplier(retry, request))
                    .get();
        } catch (RuntimeException e) {
            // The error message of a service may contain the key.
            String reason = Secrets.hide(String.valueOf(e.getMessage()));
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "the embedding model %s does not answer: %s", model, reason), e);
        }
    }

    private EmbeddingModel client() {
        try {
            return client.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the client was being created", e);
        }
    }

    /** Returns the vector scaled to unit length. */
    private float[] unit(float[] vector) {
        if (vector.length != settings.dimension()) {
            throw new IllegalStateException(
                    "the embedding model %s returns vectors of %d dimensions, but memory.embedding-dimension is %d"
                            .formatted(model, vector.length, settings.dimension()));
        }
        double length = 0;
        for (float value : vector) {
            length += (double) value * value;
        }
        if (!(length > 0) || Double.isInfinite(length)) {
            throw new IllegalStateException(
                    "the embedding model " + model + " returned a vector whose length is zero or infinite");
        }
        var unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / Math.sqrt(length));
        }
        return unit;
    }
}
