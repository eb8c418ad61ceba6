package dev.stele.index;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.arena.TypedArena;
import dev.stele.embedding.Embedder;
import dev.stele.model.AgentName;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import dev.stele.vector.HnswGraphs;
import dev.stele.vector.VectorStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Cache of the index snapshots of all open agents, bounded by bytes. An agent is loaded at its first recall, brought up
 * to date from the change log, and evicted when the snapshots exceed the bound. One thread loads an agent while other
 * threads wait for it. Vectors of large agents are saved in a file that processes share. Thread-safe.
 */
public final class SnapshotCache {

    /** A snapshot is weighed again when it has grown by more than its bytes divided by this number. */
    private static final int REWEIGH_GROWTH_DIVISOR = 8;
    /**
     * The maximum bytes of all snapshots divided by this number are the maximum bytes of an agent's vectors that are in
     * no file.
     */
    private static final int UNSAVED_VECTORS_DIVISOR = 8;

    private final AsyncCache<AgentStore, RecentSnapshots> agents;
    private final HnswGraphs graphs;
    private final VectorFiles files;

    /**
     * @param maxBytes maximum bytes of all snapshots together, on the heap and off the heap
     * @param graphFrom minimum number of saved vectors of an agent for an HNSW graph; 0 for no graphs
     * @param centers returns the {@linkplain Embedder#center centroid of the vectors} of a model, by the name of the
     *     model
     * @param arena memory for the vectors
     * @param toSave receives the agents whose vectors should be {@linkplain #save saved}; empty if nothing is to be
     *     written
     */
    public SnapshotCache(
            long maxBytes,
            int graphFrom,
            Function<String, Optional<float[]>> centers,
            TypedArena arena,
            Optional<Consumer<AgentName>> toSave) {
        this.graphs = new HnswGraphs(graphFrom, arena);
        this.files = new VectorFiles(maxBytes / UNSAVED_VECTORS_DIVISOR, centers, arena, toSave);
        this.agents = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((AgentStore _, RecentSnapshots recent) ->
                        // A snapshot that alone exceeds the bound is kept too, as the only one: loading it for each
                        // query would be worse.
                        (int) Math.min(
                                Math.min(Integer.MAX_VALUE, maxBytes),
                                recent.newest().bytes()))
                .executor(Runnable::run)
                .buildAsync();
    }

    /**
     * Embedding model whose vectors are searched.
     *
     * @param name name of the model; empty text for none
     * @param dimension dimension of its vectors; 0 for none
     */
    public record Model(String name, int dimension) {
        /**
         * Returns the model of an embedder.
         *
         * @param embedder embedder; empty for none
         */
        public static Model of(Optional<Embedder> embedder) {
            return embedder.map(present -> new Model(present.model(), present.dimension()))
                    .orElse(new Model("", 0));
        }

        /** Returns whether a vector has the dimension of this model. */
        boolean fits(float[] vector) {
            return vector.length == dimension;
        }
    }

    /**
     * Returns the snapshot as of the last change of a view. Loads the snapshot if the agent has none with vectors of
     * the model in memory.
     *
     * @param store store of the agent
     * @param view view of the store
     * @param model model of the vectors
     * @return snapshot; empty if other readers have advanced so far since the view began that every snapshot kept is
     *     later than it
     */
    public Optional<IndexSnapshot> at(AgentStore store, StoreView view, Model model) {
        var loading = new CompletableFuture<RecentSnapshots>();
        CompletableFuture<RecentSnapshots> cached = agents.asMap().putIfAbsent(store, loading);
        if (cached == null) {
            return Optional.of(load(store, view, model, loading));
        }
        RecentSnapshots recent = join(cached);
        if (recent == null) {
            // Another thread failed to load the agent; that thread reports its own error.
            return Optional.of(fresh(store, view, model));
        }
        if (!recent.model().equals(model)) {
            IndexSnapshot snapshot = fresh(store, view, model);
            agents.asMap()
                    .replace(
                            store,
                            cached,
                            CompletableFuture.completedFuture(recent.replacedBy(recent(store, snapshot, model))));
            return Optional.of(snapshot);
        }
        long bytesBefore = recent.newest().bytes();
        Optional<IndexSnapshot> snapshot = recent.at(view);
        if (recent.newest().bytes() > bytesBefore + bytesBefore / REWEIGH_GROWTH_DIVISOR) {
            agents.asMap().replace(store, cached, CompletableFuture.completedFuture(recent)); // weighed again
        }
        return snapshot;
    }

    /**
     * Returns the latest snapshot of an agent in memory, even if it is out of date.
     *
     * @param store store of the agent
     * @return snapshot; empty if none is in memory
     */
    public Optional<IndexSnapshot> latest(AgentStore store) {
        CompletableFuture<RecentSnapshots> cached = agents.asMap().get(store);
        return cached != null && cached.isDone()
                ? Optional.ofNullable(join(cached)).map(RecentSnapshots::newest)
                : Optional.empty();
    }

    private IndexSnapshot load(
            AgentStore store, StoreView view, Model model, CompletableFuture<RecentSnapshots> loading) {
        try {
            IndexSnapshot loaded = fresh(store, view, model);
            loading.complete(recent(store, loaded, model));
            if (files.isStale(loaded)) {
                files.suggest(store);
            }
            return loaded;
        } catch (RuntimeException | Error e) {
            agents.asMap().remove(store, loading);
            loading.completeExceptionally(e);
            throw e;
        }
    }

    private RecentSnapshots recent(AgentStore store, IndexSnapshot snapshot, Model model) {
        return new RecentSnapshots(model, snapshot, later -> fresh(store, later, model));
    }

    /**
     * Loads a snapshot as of the last change of a view, without caching it.
     *
     * @param store store of the agent
     * @param view view of the store
     * @param model model of the vectors
     */
    public IndexSnapshot fresh(AgentStore store, StoreView view, Model model) {
        VectorStore vectors = files.of(store, view, model);
        graphs.take(store, vectors);
        return IndexSnapshot.load(view, model.name(), vectors);
    }

    /** Returns the agents in memory that have enough vectors for an HNSW graph, but have no graph. */
    public List<AgentName> withoutGraph() {
        return agents.asMap().entrySet().stream()
                .filter(cached -> cached.getValue().isDone())
                .filter(cached -> {
                    RecentSnapshots recent = join(cached.getValue());
                    return recent != null && graphs.lack(recent.newest().vectors());
                })
                .map(cached -> cached.getKey().agent())
                .toList();
    }

    /**
     * Builds the HNSW graph over the vectors of an agent, or uses the one that another process built. Building takes
     * long. Does nothing for an agent that needs no graph or has no snapshot in memory.
     *
     * @param store store of the agent
     * @param time returns whether there is still time; called often
     */
    public void makeGraph(AgentStore store, BooleanSupplier time) {
        RecentSnapshots recent = join(agents.asMap().get(store));
        if (recent != null) {
            graphs.make(store, recent.newest().vectors(), time);
        }
    }

    /**
     * Saves the vectors of an agent if it has many and the file does not contain most of them. Does nothing for an
     * agent without a snapshot in memory.
     *
     * @param store store of the agent
     */
    public void save(AgentStore store) {
        CompletableFuture<RecentSnapshots> cached = agents.asMap().get(store);
        RecentSnapshots recent = join(cached);
        if (recent != null && files.save(store, recent.newest(), recent.model().name())) {
            IndexSnapshot mapped = store.read(view -> fresh(store, view, recent.model()));
            agents.asMap()
                    .replace(
                            store,
                            cached,
                            CompletableFuture.completedFuture(
                                    recent.replacedBy(recent(store, mapped, recent.model()))));
        }
    }

    /** Waits for the snapshots of an agent; null if the agent has no snapshot in memory, or loading failed. */
    private static @Nullable RecentSnapshots join(@Nullable CompletableFuture<RecentSnapshots> future) {
        try {
            return future == null ? null : future.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    /**
     * Removes the snapshots of an agent and releases their memory. Called when the store is being closed and no thread
     * reads the snapshots any more.
     *
     * @param store store of the agent
     */
    public void drop(AgentStore store) {
        files.drop(store);
        RecentSnapshots recent = join(agents.asMap().remove(store));
        if (recent != null) {
            recent.release();
        }
    }
}
