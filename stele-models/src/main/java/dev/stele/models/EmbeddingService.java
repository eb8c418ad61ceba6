package dev.stele.models;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
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
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
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
 * A model of an embedding service (whatever speaks OpenAI's wire format, or Ollama) or one in a directory (ONNX). A service that
 * fails is asked again a few times, with growing pauses; one that goes on failing is left alone for a while, so that questions
 * are answered by words at once and need not wait for it. Thread-safe.
 */
public final class EmbeddingService implements Embedder {

    private static final int FAILURES_SEEN = 10;
    private static final int MIN_SEEN = 3;
    private static final Duration LEFT_ALONE = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final String model;
    private final Settings settings;
    private final Retry retry;
    private final CircuitBreaker breaker;
    private final RateLimiter limiter;

    /** Made once, by whoever asks first; class initialisation of the client costs some hundred milliseconds. */
    private final Lazy<EmbeddingModel> client;

    /**
     * How a model is reached.
     *
     * @param kind {@code openai}, {@code ollama} or {@code onnx}
     * @param url of the service, up to and with {@code /v1} for OpenAI's format; empty text for the kind's own
     * @param model the service's name for it; of {@code onnx} a directory with {@code model.onnx} and {@code tokenizer.json}
     * @param key of the service; empty text for none
     * @param dimension of its vectors
     * @param timeout of one request
     * @param batch most texts in one request
     * @param perSecond most requests a second, 0 for no bound
     * @param attempts how often a request is made before it counts as failed
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

        public Settings {
            Secrets.register(key);
            if (model.isBlank()) {
                throw new InvalidInputException("The embedder " + kind + " needs a model; set memory.embedding-model.");
            }
            if (dimension < 1) {
                throw new InvalidInputException(
                        "The embedder %s needs to know how many numbers a vector of %s has; set memory.embedding-dimension."
                                .formatted(kind, model));
            }
            if (batch < 1 || attempts < 1 || perSecond < 0 || timeout.isNegative() || timeout.isZero()) {
                throw new InvalidInputException(
                        "Batch, attempts and timeout of an embedder must be above 0, and its rate not below.");
            }
        }

        /** Its key is nobody's business. */
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
                        .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(FIRST_PAUSE, 2.0))
                        .build());
        this.breaker = CircuitBreaker.of(
                model,
                CircuitBreakerConfig.custom()
                        .slidingWindowSize(FAILURES_SEEN)
                        .minimumNumberOfCalls(MIN_SEEN)
                        .waitDurationInOpenState(LEFT_ALONE)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        // A text that it refuses, for being too long, is an answer: the service is well.
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

    /** @throws InvalidInputException if the settings lack something, or there is no such kind */
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
                .modelName(settings.model())
                .timeout(settings.timeout())
                .maxRetries(0)
                .maxSegmentsPerBatch(settings.batch())
                // Services of one's own ask for no key, the client does.
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
        return client.isMade() && breaker.getState() != CircuitBreaker.State.OPEN;
    }

    /** @throws IllegalStateException if the service failed, or has failed just before too often */
    @Override
    public List<float[]> embed(List<String> texts) {
        var vectors = new ArrayList<float[]>(texts.size());
        for (List<TextSegment> batch : TextBatches.batches(texts, settings.batch())) {
            for (Embedding embedding : ask(batch)) {
                vectors.add(unit(embedding.vector()));
            }
        }
        return vectors;
    }

    private List<Embedding> ask(List<TextSegment> batch) {
        // A question tried again counts once: the breaker is around all tries.
        Supplier<List<Embedding>> request = RateLimiter.decorateSupplier(limiter, () -> {
            List<Embedding> answer = client().embedAll(batch).content();
            if (answer.size() != batch.size()) {
                throw new IllegalStateException(
                        "it gave %d vectors for %d texts".formatted(answer.size(), batch.size()));
            }
            return answer;
        });
        try {
            return CircuitBreaker.decorateSupplier(breaker, Retry.decorateSupplier(retry, request))
                    .get();
        } catch (RuntimeException e) {
            // A service may quote the key that it was sent.
            String why = Secrets.hide(String.valueOf(e.getMessage()));
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "the embedding model %s does not answer: %s", model, why), e);
        }
    }

    private EmbeddingModel client() {
        try {
            return client.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the client was being made", e);
        }
    }

    private float[] unit(float[] vector) {
        if (vector.length != settings.dimension()) {
            throw new IllegalStateException(
                    "the embedding model %s gives vectors of %d numbers and memory.embedding-dimension says %d"
                            .formatted(model, vector.length, settings.dimension()));
        }
        double length = 0;
        for (float value : vector) {
            length += (double) value * value;
        }
        if (!(length > 0) || Double.isInfinite(length)) {
            throw new IllegalStateException("the embedding model " + model + " gave a vector without a direction");
        }
        var unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / Math.sqrt(length));
        }
        return unit;
    }
}
