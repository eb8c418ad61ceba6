package dev.stele.index;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.arena.TypedArena;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
public final class LiveIndex {

    /** The name of the file of vectors. */
    private static final String FILE = "vectors";

    private static final System.Logger LOG = System.getLogger(LiveIndex.class.getName());

    /** Agents of fewer items are read from the store fast enough. */
    private static final int LEAST_SAVED = 4_096;
    /** The file is made anew when one in so many of its items is not live, or as many are not in it. */
    private static final int STALE = 8;

    private final AsyncCache<AgentStore, Recent> agents;
    private final VectorGraphs graphs;
    private final Function<String, Optional<float[]>> centers;
    private final TypedArena arena;
    private final Consumer<AgentName> toSave;

    /**
     * @param mostBytes that all pictures together may take, on the heap and off it
     * @param graphFrom saved vectors of an agent from which a graph is made over them, 0 for never
     * @param centers tells of a model, by its name, the {@linkplain Embedder#center middle of its vectors}
     * @param arena for the vectors
     * @param toSave learns of agents whose vectors should be saved
     */
    public LiveIndex(
            long mostBytes,
            int graphFrom,
            Function<String, Optional<float[]>> centers,
            TypedArena arena,
            Consumer<AgentName> toSave) {
        this.graphs = new VectorGraphs(graphFrom, arena);
        this.centers = centers;
        this.arena = arena;
        this.toSave = toSave;
        this.agents = Caffeine.newBuilder()
                .maximumWeight(mostBytes)
                .weigher((AgentStore _, Recent recent) ->
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
    }

    /**
     * The live items exactly as the view sees them, with vectors of a model; empty if others have gone on so far since the view
     * began that nothing near it is kept.
     */
    public Optional<LiveItems> at(AgentStore store, StoreView view, Model model) {
        var mine = new CompletableFuture<Recent>();
        CompletableFuture<Recent> known = agents.asMap().putIfAbsent(store, mine);
        if (known == null) {
            return Optional.of(load(store, view, model, mine));
        }
        Recent recent = join(known);
        if (recent == null) {
            return Optional.of(fresh(store, view, model)); // whoever loaded it failed; its error is not ours
        }
        if (!recent.model().equals(model)) {
            LiveItems items = fresh(store, view, model);
            agents.asMap()
                    .replace(
                            store,
                            known,
                            CompletableFuture.completedFuture(recent.replacedBy(recent(store, items, model))));
            return Optional.of(items);
        }
        long before = recent.newest().bytes();
        Optional<LiveItems> items = recent.at(view);
        if (recent.newest().bytes() > before + before / STALE) {
            agents.asMap().replace(store, known, CompletableFuture.completedFuture(recent)); // weighed anew
        }
        return items;
    }

    /** The latest picture of an agent that is in memory, whatever it is worth by now. */
    public Optional<LiveItems> latest(AgentStore store) {
        CompletableFuture<Recent> known = agents.asMap().get(store);
        return known != null && known.isDone()
                ? Optional.ofNullable(join(known)).map(Recent::newest)
                : Optional.empty();
    }

    private LiveItems load(AgentStore store, StoreView view, Model model, CompletableFuture<Recent> mine) {
        try {
            LiveItems loaded = fresh(store, view, model);
            mine.complete(recent(store, loaded, model));
            if (isStale(loaded)) {
                toSave.accept(store.agent());
            }
            return loaded;
        } catch (RuntimeException | Error e) {
            agents.asMap().remove(store, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private Recent recent(AgentStore store, LiveItems items, Model model) {
        return new Recent(model, items, later -> fresh(store, later, model));
    }

    /** Reads the live items exactly as the view sees them, and keeps nothing. */
    public LiveItems fresh(AgentStore store, StoreView view, Model model) {
        Optional<VectorFile> file = store.derived(FILE).flatMap(path -> usable(path, view, model));
        Optional<float[]> center = centers.apply(model.name());
        Vectors vectors = file.map(saved -> new Vectors(arena, saved, center))
                .orElseGet(() -> new Vectors(arena, model.dimension(), center));
        graphs.take(store, vectors);
        return LiveItems.load(view, model.name(), vectors);
    }

    /** Agents that have so many vectors that a graph should be made over them, and have none. */
    public List<AgentName> withoutGraph() {
        return agents.asMap().entrySet().stream()
                .filter(known -> known.getValue().isDone())
                .filter(known -> {
                    Recent recent = join(known.getValue());
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
        Recent recent = join(agents.asMap().get(store));
        if (recent != null) {
            graphs.make(store, recent.newest().vectors(), time);
        }
    }

    private static Optional<VectorFile> usable(Path path, StoreView view, Model model) {
        return CheckedFile.ifUsable(LOG, path, "until then vectors are read from the store", () -> {
            VectorFile file = VectorFile.map(path);
            if (!file.model().equals(model.name()) || file.dimension() != model.dimension()) {
                return Optional.empty(); // the model was changed
            }
            if (file.change() > view.lastChange()) {
                return Optional.empty(); // written since the view began, or of another history
            }
            if (file.history() != history(view, file.change())) {
                throw new IOException("it is of another memory");
            }
            return Optional.of(file);
        });
    }

    /** What tells the history of a memory up to a change from any other: when it began, and when and what that change was. */
    private static long history(StoreView view, long change) {
        long history = 17;
        for (long number : new long[] {1, change}) {
            List<Change> one = view.changes(number - 1, 1);
            if (one.isEmpty() || one.getFirst().number() != number) {
                return 0;
            }
            history = 31 * history + one.getFirst().at().toEpochMilli();
            history = 31 * history + one.getFirst().kind().code();
        }
        return history;
    }

    private static boolean isStale(LiveItems items) {
        int base = items.vectors().base();
        int since = items.size() - base + (items.size() - items.count());
        return items.vectors().dimension() > 0 && items.count() >= LEAST_SAVED && (base == 0 || since > base / STALE);
    }

    /**
     * Saves an agent's vectors if it has many and the file does not hold most of them. Does nothing for an agent of which no
     * picture is in memory.
     */
    public void save(AgentStore store) {
        CompletableFuture<Recent> known = agents.asMap().get(store);
        Recent recent = join(known);
        Optional<Path> path = store.derived(FILE);
        if (recent == null || path.isEmpty()) {
            return;
        }
        LiveItems items = recent.newest();
        if (!isStale(items)) {
            return;
        }
        try {
            write(path.get(), recent.model().name(), items, store.read(view -> history(view, items.change())));
            if (LiveItems.forgets(store, items.change())) {
                Files.deleteIfExists(path.get()); // what was forgotten meanwhile must not be in it
                return;
            }
            LiveItems mapped = store.read(view -> fresh(store, view, recent.model()));
            agents.asMap()
                    .replace(
                            store,
                            known,
                            CompletableFuture.completedFuture(
                                    recent.replacedBy(recent(store, mapped, recent.model()))));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the vectors of agent " + store.agent() + " are not saved", e);
        }
    }

    static void write(Path path, String model, LiveItems items, long history) throws IOException {
        long[] numbers = items.live().stream().mapToLong(items::number).sorted().toArray();
        int[] slots = Arrays.stream(numbers).mapToInt(items::slotOf).toArray();
        float[] center = items.center();
        VectorFile.write(
                path,
                new VectorFile.Head(model, slots.length, items.change(), history, center),
                new VectorFile.Source() {
                    @Override
                    public long number(int index) {
                        return numbers[index];
                    }

                    @Override
                    public boolean hasVector(int index) {
                        return items.place(slots[index]) != Vectors.NONE;
                    }

                    @Override
                    public float[] vector(int index) {
                        return items.vectors().get(items.place(slots[index]));
                    }
                });
    }

    /** Null for an agent of which no picture is in memory, or whose loading failed. */
    private static @Nullable Recent join(@Nullable CompletableFuture<Recent> future) {
        try {
            return future == null ? null : future.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    /** Lets go of an agent's pictures when its store is closed, and so nobody reads them. */
    public void drop(AgentStore store) {
        Recent recent = join(agents.asMap().remove(store));
        if (recent != null) {
            recent.release();
        }
    }
}
