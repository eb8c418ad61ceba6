package dev.stele.recall;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The vectors of the latest questions. One that is asked again after memory went on costs the model nothing, and one that is known to
 * come can be begun while something else is waited for. Failures are not kept. Thread-safe; the model is called under no lock.
 */
final class QueryEmbeddings {

    private static final System.Logger LOG = System.getLogger(QueryEmbeddings.class.getName());

    /** With 384 numbers each, some two megabytes. */
    private static final int MOST = 1_000;
    /** Longer ones are hardly asked twice. */
    private static final int LONGEST = 4_000;

    private record Key(String model, String text) {}

    private final AsyncCache<Key, float[]> vectors =
            Caffeine.newBuilder().maximumSize(MOST).executor(Runnable::run).buildAsync();

    /** Begins to make a question's vector, unless there is one, and does not wait for it. */
    void begin(Embedder embedder, String text) {
        if (text.length() <= LONGEST && vectors.getIfPresent(new Key(embedder.model(), text)) == null) {
            Thread.ofVirtual().name("stele-question").start(() -> {
                try {
                    of(embedder, text);
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.DEBUG, "a question's vector is left to whoever asks it", e);
                }
            });
        }
    }

    /** Whether a question's vector is being made. */
    boolean isComing(Embedder embedder, String text) {
        CompletableFuture<float[]> vector = vectors.asMap().get(new Key(embedder.model(), text));
        return vector != null && !vector.isDone();
    }

    /**
     * The vector of a question, which others may have, too: nobody changes it.
     *
     * @throws RuntimeException whatever the model throws
     */
    float[] of(Embedder embedder, String text) {
        if (text.length() > LONGEST) {
            return CheckedEmbeddings.ofQuery(embedder, text);
        }
        var mine = new CompletableFuture<float[]>();
        CompletableFuture<float[]> known = vectors.asMap().putIfAbsent(new Key(embedder.model(), text), mine);
        if (known == null) {
            try {
                mine.complete(CheckedEmbeddings.ofQuery(embedder, text));
            } catch (RuntimeException | Error e) {
                mine.completeExceptionally(e); // and the cache lets go of it
                throw e;
            }
            return mine.join();
        }
        try {
            return known.join();
        } catch (CompletionException e) {
            // Whoever made it failed, or was interrupted: that is not our failure.
            return CheckedEmbeddings.ofQuery(embedder, text);
        }
    }
}
