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
 * The pictures in memory of all open agents, each loaded at its first recall, kept up with the change log, and let go
 * when their bytes pass a bound. One thread loads an agent while others wait for it. Vectors of large agents are saved in a
 * file, which processes share. Thread-safe.
 */
public final class SnapshotCache {

    /** A picture is weighed anew when it has grown by one in so many of its bytes. */
    private static final int GROWN = 8;
    /** Of what all pictures may take, one in so many may be vectors of an agent that are in no file. */
    private static final int UNSAVED = 8;

    private final AsyncCache<AgentStore, RecentSnapshots> agents;
    private final HnswGraphs graphs;
    private final VectorFiles files;

    /**
     * @param mostBytes that all pictures together may take, on the heap and off it
     * @param graphFrom saved vectors of an agent from which a graph is made over them, 0 for never
     * @param centers tells of a model, by its name, the {@linkplain Embedder#center middle of its vectors}
     * @param arena for the vectors
     * @param toSave learns of agents whose vectors should be {@linkplain #save saved}; empty where nothing is to be written
     */
    public SnapshotCache(
            long mostBytes,
            int graphFrom,
            Function<String, Optional<float[]>> centers,
            TypedArena arena,
            Optional<Consumer<AgentName>> toSave) {
        this.graphs = new HnswGraphs(graphFrom, arena);
        this.files = new VectorFiles(mostBytes / UNSAVED, centers, arena, toSave);
        this.agents = Caffeine.newBuilder()
                .maximumWeight(mostBytes)
                .weigher((AgentStore _, RecentSnapshots recent) ->
                        // What passes the bound by itself is kept too, alone: to read it for each question would be
                        // worse.
                        (int) Math.min(
                                Math.min(Integer.MAX_VALUE, mostBytes),
                                recent.newest().bytes()))
                .executor(Runnable::run)
                .buildAsync();
    }

    /**
     * A model whose vectors are looked at.
     *
     * @param name of the model, empty text for none
     * @param dimension of its vectors, 0 for none
     */
    public record Model(String name, int dimension) {
        public static Model of(Optional<Embedder> embedder) {
            return embedder.map(some -> new Model(some.model(), some.dimension()))
                    .orElse(new Model("", 0));
        }

        /** Whether a vector may be one of its. */
        boolean fits(float[] vector) {
            return vector.length == dimension;
        }
    }

    /**
     * The live items exactly as the view sees them, with vectors of a model; empty if others have gone on so far since the view
     * began that nothing near it is kept.
     */
    public Optional<IndexSnapshot> at(AgentStore store, StoreView view, Model model) {
        var mine = new CompletableFuture<RecentSnapshots>();
        CompletableFuture<RecentSnapshots> known = agents.asMap().putIfAbsent(store, mine);
        if (known == null) {
            return Optional.of(load(store, view, model, mine));
        }
        RecentSnapshots recent = join(known);
        if (recent == null) {
            return Optional.of(fresh(store, view, model)); // whoever loaded it failed; its error is not ours
        }
        if (!recent.model().equals(model)) {
            IndexSnapshot items = fresh(store, view, model);
            agents.asMap()
                    .replace(
                            store,
                            known,
                            CompletableFuture.completedFuture(recent.replacedBy(recent(store, items, model))));
            return Optional.of(items);
        }
        long before = recent.newest().bytes();
        Optional<IndexSnapshot> items = recent.at(view);
        if (recent.newest().bytes() > before + before / GROWN) {
            agents.asMap().replace(store, known, CompletableFuture.completedFuture(recent)); // weighed anew
        }
        return items;
    }

    /** The latest picture of an agent that is in memory, whatever it is worth by now. */
    public Optional<IndexSnapshot> latest(AgentStore store) {
        CompletableFuture<RecentSnapshots> known = agents.asMap().get(store);
        return known != null && known.isDone()
                ? Optional.ofNullable(join(known)).map(RecentSnapshots::newest)
                : Optional.empty();
    }

    private IndexSnapshot load(AgentStore store, StoreView view, Model model, CompletableFuture<RecentSnapshots> mine) {
        try {
            IndexSnapshot loaded = fresh(store, view, model);
            mine.complete(recent(store, loaded, model));
            if (files.isStale(loaded)) {
                files.suggest(store);
            }
            return loaded;
        } catch (RuntimeException | Error e) {
            agents.asMap().remove(store, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private RecentSnapshots recent(AgentStore store, IndexSnapshot items, Model model) {
        return new RecentSnapshots(model, items, later -> fresh(store, later, model));
    }

    /** Reads the live items exactly as the view sees them, and keeps nothing. */
    public IndexSnapshot fresh(AgentStore store, StoreView view, Model model) {
        VectorStore vectors = files.of(store, view, model);
        graphs.take(store, vectors);
        return IndexSnapshot.load(view, model.name(), vectors);
    }

    /** Agents that have so many vectors that a graph should be made over them, and have none. */
    public List<AgentName> withoutGraph() {
        return agents.asMap().entrySet().stream()
                .filter(known -> known.getValue().isDone())
                .filter(known -> {
                    RecentSnapshots recent = join(known.getValue());
                    return recent != null && graphs.lack(recent.newest().vectors());
                })
                .map(known -> known.getKey().agent())
                .toList();
    }

    /**
     * Makes the graph over an agent's vectors, or takes the one that another process made; takes long. Does nothing for an agent that
     * needs none or of which no picture is in memory.
     *
     * @param time whether there still is time; asked often
     */
    public void makeGraph(AgentStore store, BooleanSupplier time) {
        RecentSnapshots recent = join(agents.asMap().get(store));
        if (recent != null) {
            graphs.make(store, recent.newest().vectors(), time);
        }
    }

    /**
     * Saves an agent's vectors if it has many and the file does not hold most of them. Does nothing for an agent of which no
     * picture is in memory.
     */
    public void save(AgentStore store) {
        CompletableFuture<RecentSnapshots> known = agents.asMap().get(store);
        RecentSnapshots recent = join(known);
        if (recent != null && files.save(store, recent.newest(), recent.model().name())) {
            IndexSnapshot mapped = store.read(view -> fresh(store, view, recent.model()));
            agents.asMap()
                    .replace(
                            store,
                            known,
                            CompletableFuture.completedFuture(
                                    recent.replacedBy(recent(store, mapped, recent.model()))));
        }
    }

    /** Null for an agent of which no picture is in memory, or whose loading failed. */
    private static @Nullable RecentSnapshots join(@Nullable CompletableFuture<RecentSnapshots> future) {
        try {
            return future == null ? null : future.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    /** Lets go of an agent's pictures when its store is closed, and so nobody reads them. */
    public void drop(AgentStore store) {
        files.drop(store);
        RecentSnapshots recent = join(agents.asMap().remove(store));
        if (recent != null) {
            recent.release();
        }
    }
}
