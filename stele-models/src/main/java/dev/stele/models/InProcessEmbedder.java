package dev.stele.models;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.embedding.Embedder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/**
 * A sentence transformer in this process, quantised to 8 bits, offline, the model inside a jar. One of a kind for the whole
 * process; loaded by the first call that needs it, once however many threads ask. Texts beyond 256 to 512 words or so are cut
 * by the model's own length.
 *
 * <p>The work is done on threads of its own, since native code would hold the carrier of a caller's virtual thread. As many texts are worked
 * on at once as there are processors; more callers wait their turn, and a long list takes it in bounded batches. Questions go beside
 * these and not behind them, as many at once again, and so do texts of {@linkplain BackgroundThreads background work}. Thread-safe.
 */
public final class InProcessEmbedder implements Embedder {

    /** So many texts of a list go before those of other lists. */
    private static final int BATCH = 4;

    private static final InProcessEmbedder BGE_SMALL =
            new InProcessEmbedder("bge-small-en-v1.5-q", 384, 0.45f, PoolingMode.CLS);
    private static final InProcessEmbedder MINI_LM =
            new InProcessEmbedder("all-minilm-l6-v2-q", 384, 0.2f, PoolingMode.MEAN);

    /** Threads of all models; started by the first that is loaded. */
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
    private final Lazy<EmbeddingModel> loading;

    private volatile boolean ready;

    private InProcessEmbedder(String model, int dimension, float floor, PoolingMode pooling) {
        this.model = model;
        this.dimension = dimension;
        this.floor = floor;
        this.loading = new Lazy<>(() -> OnnxModel.load(model, pooling, dimension));
    }

    /** BAAI's bge-small-en-v1.5: 384 dimensions, twelve layers. Finds better than {@link #miniLm} and takes twice its time. */
    public static InProcessEmbedder bgeSmall() {
        return BGE_SMALL;
    }

    /** all-MiniLM-L6-v2: 384 dimensions, six layers. */
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

    /** From a resource that is named after the model: the mean of its vectors of some everyday sentences. */
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
            throw new UncheckedIOException("the middle of " + model + " cannot be read", e);
        }
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        EmbeddingModel loaded = load();
        Executor workers = BackgroundThreads.isHere() ? Workers.BACKGROUND : Workers.TEXTS;
        var vectors = new ArrayList<float[]>(texts.size());
        for (List<TextSegment> batch : TextBatches.batches(texts, BATCH)) {
            vectors.addAll(run(loaded, batch, workers));
        }
        ready = true;
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        EmbeddingModel loaded = load();
        float[] vector =
                run(loaded, List.of(TextBatches.of(text)), Workers.QUERIES).getFirst();
        ready = true;
        return vector;
    }

    private static List<float[]> run(EmbeddingModel loaded, List<TextSegment> texts, Executor workers) {
        List<CompletableFuture<float[]>> vectors = texts.stream()
                .map(text -> CompletableFuture.supplyAsync(
                        () -> loaded.embed(text).content().vector(), workers))
                .toList();
        try {
            return vectors.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private EmbeddingModel load() {
        try {
            return loading.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the embedding model " + model + " was being loaded", e);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "the embedding model " + model + " could not be loaded on this machine: " + e.getMessage(), e);
        }
    }
}
