package dev.stele.models;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.stele.index.Embedder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * all-MiniLM-L6-v2, quantised to 8 bits, in this process: 384 dimensions, offline, the model inside the jar. One for the
 * whole process; loaded by the first call that needs it, once however many threads ask. Texts beyond 256 words or so are
 * cut by the model's own length.
 *
 * <p>As many texts are worked on at once as there are processors; more callers wait their turn, and a long list takes
 * it in bounded batches, so that a question does not wait for a whole import. Thread-safe.
 */
public final class MiniLm implements Embedder {

    private static final int DIMENSION = 384;
    private static final int BATCH = 16;
    private static final MiniLm SHARED = new MiniLm();

    /** Loading is the initialisation of this class, which the language makes happen once. */
    private static final class Loaded {
        static final ExecutorService WORKERS = workers();
        static final AllMiniLmL6V2QuantizedEmbeddingModel MODEL = new AllMiniLmL6V2QuantizedEmbeddingModel(WORKERS);

        private static ExecutorService workers() {
            var number = new AtomicInteger();
            return Executors.newFixedThreadPool(
                    Runtime.getRuntime().availableProcessors(),
                    work -> Thread.ofPlatform()
                            .name("stele-embedder-" + number.incrementAndGet())
                            .daemon()
                            .unstarted(work));
        }
    }

    private volatile boolean ready;

    private MiniLm() {}

    /** The one of this process. */
    public static MiniLm shared() {
        return SHARED;
    }

    @Override
    public String model() {
        return "all-minilm-l6-v2-q";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        try {
            var vectors = new ArrayList<float[]>(texts.size());
            for (int from = 0; from < texts.size(); from += BATCH) {
                List<TextSegment> batch = texts.subList(from, Math.min(texts.size(), from + BATCH)).stream()
                        .map(text -> TextSegment.from(text.isBlank() ? "." : text)) // blank ones are refused there
                        .toList();
                Loaded.MODEL.embedAll(batch).content().stream()
                        .map(Embedding::vector)
                        .forEach(vectors::add);
            }
            ready = true;
            return vectors;
        } catch (LinkageError e) {
            throw new IllegalStateException("the embedding model could not be loaded on this machine: " + e, e);
        }
    }
}
