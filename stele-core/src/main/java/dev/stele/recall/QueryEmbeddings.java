package dev.stele.recall;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Cache of the embeddings of recent questions. A question that is asked again after the memory has changed costs no
 * model call, and the embedding of an expected question can be computed in the background. Failures are not cached.
 * Thread-safe; the model is called under no lock.
 */
final class QueryEmbeddings {

    private static final System.Logger LOG = System.getLogger(QueryEmbeddings.class.getName());

    /** Maximum number of cached vectors; with 384 floats each, about two megabytes. */
    private static final int MAX_VECTORS = 1_000;
    /** Maximum length of a cached question, in chars; longer questions are rarely asked twice. */
    private static final int MAX_CACHED_CHARS = 4_000;

    private record Key(String model, String text) {}

    private final AsyncCache<Key, float[]> vectors = Caffeine.newBuilder()
            .maximumSize(MAX_VECTORS)
            .executor(Runnable::run)
            .buildAsync();

    /**
     * Starts to compute the vector of a question in the background, unless the vector is cached or being computed.
     *
     * @param embedder embedding model
     * @param text text of the question
     */
    void prefetch(Embedder embedder, String text) {
        if (text.length() <= MAX_CACHED_CHARS && vectors.getIfPresent(new Key(embedder.model(), text)) == null) {
            PlatformThreads.start(
                    "stele-question",
                    () -> { // it may run the model itself
                        try {
                            of(embedder, text);
                        } catch (RuntimeException e) {
                            LOG.log(
                                    System.Logger.Level.DEBUG,
                                    "the vector of a query is computed when the query runs",
                                    e);
                        }
                    });
        }
    }

    /** Returns whether the vector of a question is being computed. */
    boolean isPending(Embedder embedder, String text) {
        CompletableFuture<float[]> vector = vectors.asMap().get(new Key(embedder.model(), text));
        return vector != null && !vector.isDone();
    }

    /**
     * Returns the vector of a question; blocks until the vector is computed. The array is shared, so the caller must
     * not change it.
     *
     * @param embedder embedding model
     * @param text text of the question
     * @throws RuntimeException any exception of the model
     */
    float[] of(Embedder embedder, String text) {
        if (text.length() > MAX_CACHED_CHARS) {
            return CheckedEmbeddings.ofQuery(embedder, text);
        }
        var own = new CompletableFuture<float[]>();
        CompletableFuture<float[]> existing = vectors.asMap().putIfAbsent(new Key(embedder.model(), text), own);
        if (existing == null) {
            try {
                own.complete(CheckedEmbeddings.ofQuery(embedder, text));
            } catch (RuntimeException | Error e) {
                own.completeExceptionally(e); // the cache removes a failed future
                throw e;
            }
            return own.join();
        }
        try {
            return existing.join();
        } catch (CompletionException e) {
            // The computing thread failed or was interrupted, which does not mean that this call fails.
            return CheckedEmbeddings.ofQuery(embedder, text);
        }
    }
}
