package dev.stele.index;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.arena.TypedArena;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The pictures in memory of all open agents, each loaded at its first recall, kept up with the change log, and let go
 * when their bytes pass a bound. One thread loads an agent while others wait for it. Thread-safe.
 */
public final class LiveIndex {

    private final AsyncCache<AgentStore, LiveItems> pictures;
    private final String model;
    private final TypedArena arena;

    /**
     * @param model whose vectors are read
     * @param mostBytes that all pictures together may take, on the heap and off it
     * @param arena for the vectors
     */
    public LiveIndex(String model, long mostBytes, TypedArena arena) {
        this.model = model;
        this.arena = arena;
        this.pictures = Caffeine.newBuilder()
                .maximumWeight(mostBytes)
                .weigher((AgentStore _, LiveItems items) -> (int) Math.min(Integer.MAX_VALUE, items.bytes()))
                .executor(Runnable::run)
                .buildAsync();
    }

    /**
     * The live items exactly as the view sees them; empty if another thread already follows a later change, in which
     * case a newer view will do.
     */
    public Optional<LiveItems> at(AgentStore store, StoreView view) {
        var mine = new CompletableFuture<LiveItems>();
        CompletableFuture<LiveItems> known = pictures.asMap().putIfAbsent(store, mine);
        if (known == null) {
            return Optional.of(load(store, view, mine));
        }
        LiveItems picture = join(known);
        if (picture == null) {
            return Optional.of(fresh(view)); // whoever loaded it failed; its error is not ours
        }
        long now = view.lastChange();
        if (picture.change() > now) {
            return Optional.empty();
        }
        LiveItems caughtUp = picture.catchUp(view, model);
        if (caughtUp != picture) {
            // Should another thread have been faster, its picture stays; both are right for their view.
            pictures.asMap().replace(store, known, CompletableFuture.completedFuture(caughtUp));
        }
        return Optional.of(caughtUp);
    }

    /** The live items exactly as the view sees them, read anew and not kept. */
    public LiveItems fresh(StoreView view) {
        return LiveItems.load(view, model, arena);
    }

    private LiveItems load(AgentStore store, StoreView view, CompletableFuture<LiveItems> mine) {
        try {
            LiveItems loaded = fresh(view);
            mine.complete(loaded);
            return loaded;
        } catch (RuntimeException | Error e) {
            pictures.asMap().remove(store, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private static @Nullable LiveItems join(CompletableFuture<LiveItems> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    /** Lets go of an agent's picture when its store is closed, and so nobody reads it. */
    public void drop(AgentStore store) {
        CompletableFuture<LiveItems> gone = pictures.asMap().remove(store);
        LiveItems picture = gone == null ? null : join(gone);
        if (picture != null) {
            picture.release();
        }
    }
}
