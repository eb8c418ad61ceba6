package dev.stele.recall;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.index.Embedder;
import dev.stele.index.SoundVectors;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The vectors of the latest questions. One that is asked again after memory went on costs the model nothing, and one that is known to
 * come can be begun while something else is waited for. Failures are not kept. Thread-safe; the model is called under no lock.
 */
final class QuestionVectors {

    private static final System.Logger LOG = System.getLogger(QuestionVectors.class.getName());

    /** With 384 numbers each, some two megabytes. */
    private static final int MOST = 1_000;
    /** Longer ones are hardly asked twice. */
    private static final int LONGEST = 4_000;

    private record Key(String model, String text) {}

    private final AsyncCache<Key, float[]> vectors =
            Caffeine.newBuilder().maximumSize(MOST).executor(Runnable::run).buildAsync();

    /** Begins to make a question's vector, unless there is one, and does not wait for it. */
    void begin(Embedder embedder, String text) {
        var key = new Key(embedder.model(), text);
        if (text.length() <= LONGEST && vectors.getIfPresent(key) == null) {
            var mine = new CompletableFuture<float[]>();
            if (vectors.asMap().putIfAbsent(key, mine) == null) {
                Thread.ofVirtual().name("stele-question").start(() -> {
                    try {
                        make(embedder, text, mine);
                    } catch (RuntimeException e) {
                        LOG.log(System.Logger.Level.DEBUG, "a question's vector is left to whoever asks it", e);
                    }
                });
            }
        }
    }

    /** @throws RuntimeException whatever the model throws */
    float[] of(Embedder embedder, String text) {
        var mine = new CompletableFuture<float[]>();
        CompletableFuture<float[]> known =
                text.length() > LONGEST ? null : vectors.asMap().putIfAbsent(new Key(embedder.model(), text), mine);
        if (known == null) {
            return make(embedder, text, mine);
        }
        try {
            return known.join();
        } catch (CompletionException e) {
            return make(
                    embedder, text, mine); // whoever made it failed, was interrupted perhaps; that is not our failure
        }
    }

    private static float[] make(Embedder embedder, String text, CompletableFuture<float[]> to) {
        try {
            float[] vector = SoundVectors.of(embedder, List.of(text)).getFirst();
            to.complete(vector);
            return vector;
        } catch (RuntimeException | Error e) {
            to.completeExceptionally(e);
            throw e;
        }
    }
}
