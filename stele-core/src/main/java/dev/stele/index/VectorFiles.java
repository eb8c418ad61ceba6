package dev.stele.index;

import dev.stele.arena.TypedArena;
import dev.stele.embedding.Embedder;
import dev.stele.index.SnapshotCache.Model;
import dev.stele.io.ChecksummedFile;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import dev.stele.vector.Centroid;
import dev.stele.vector.VectorFile;
import dev.stele.vector.VectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The files in which vectors of large agents are saved, so that processes share them and memory need not hold them. Thread-safe. */
final class VectorFiles {

    /** Their name. */
    private static final String FILE = "vectors";

    private static final System.Logger LOG = System.getLogger(VectorFiles.class.getName());

    /** Agents of fewer items are read from the store fast enough. */
    private static final int MIN_SAVED = 4_096;
    /** The file is made anew when one in so many of its items is not live, or as many are not in it. */
    private static final int STALE = 8;

    private final long mostHeld;
    private final Function<String, Optional<float[]>> centers;
    private final TypedArena arena;
    private final Optional<Consumer<AgentName>> toSave;

    /** Changes at which files were written while a question waited, so that what was forgotten meanwhile may be in them. */
    private final Map<AgentStore, Long> unchecked = new ConcurrentHashMap<>();

    /**
     * @param mostHeld bytes of an agent's vectors that memory may hold without a file
     * @param centers tells of a model, by its name, the {@linkplain Embedder#center middle of its vectors}
     * @param arena for vectors that are in no file
     * @param toSave learns of agents whose vectors {@link #save} should see; empty where nothing is written
     */
    VectorFiles(
            long mostHeld,
            Function<String, Optional<float[]>> centers,
            TypedArena arena,
            Optional<Consumer<AgentName>> toSave) {
        this.mostHeld = mostHeld;
        this.centers = centers;
        this.arena = arena;
        this.toSave = toSave;
    }

    /**
     * Vectors of a model as a file knows them, for a picture that a view shows; none if there is no file of use. If the file lacks more than
     * memory should hold, it is made first.
     */
    VectorStore of(AgentStore store, StoreView view, Model model) {
        Optional<float[]> center = centers.apply(model.name());
        return store.derived(FILE)
                .flatMap(path -> {
                    Optional<VectorFile> file = usable(path, view, model);
                    return lacksMuch(file, view, model)
                            ? written(path, store, view, model, center).or(() -> file)
                            : file;
                })
                .map(file -> new VectorStore(arena, file, center))
                .orElseGet(() -> new VectorStore(arena, model.dimension(), center));
    }

    private Optional<VectorFile> usable(Path path, StoreView view, Model model) {
        return ChecksummedFile.ifUsable(LOG, path, "until then vectors are read from the store", () -> {
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
            if (view.forgotAfter(file.change())) {
                if (toSave.isPresent()) {
                    Files.deleteIfExists(path); // whoever wrote it was ended before it could see to that
                }
                return Optional.empty();
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

    private boolean lacksMuch(Optional<VectorFile> file, StoreView view, Model model) {
        long since = view.lastChange() - file.map(VectorFile::change).orElse(0L);
        return toSave.isPresent()
                && since * model.dimension() * Float.BYTES > mostHeld
                && since > file.map(VectorFile::count).orElse(0) / STALE;
    }

    /** Reads vectors from the store into a file; empty if there are few, or if it cannot be written, which the log says. */
    private Optional<VectorFile> written(
            Path path, AgentStore store, StoreView view, Model model, Optional<float[]> center) {
        long change = view.lastChange();
        long count = view.itemCount();
        if (count < MIN_SAVED) {
            return Optional.empty();
        }
        try {
            VectorFile.write(
                    path,
                    new VectorFile.Head(
                            model.name(),
                            Math.toIntExact(count),
                            change,
                            history(view, change),
                            center.orElseGet(() -> middle(view, model))),
                    to -> view.eachItem(
                            0,
                            Long.MAX_VALUE,
                            model.name(),
                            row -> to.item(row.number(), row.vector().filter(model::fits))),
                    arena);
            unchecked.put(store, change);
            suggest(store);
            return Optional.of(VectorFile.map(path));
        } catch (IOException e) {
            notSaved(store, e);
            return Optional.empty();
        }
    }

    private static float[] middle(StoreView view, Model model) {
        var middle = new Centroid(model.dimension());
        view.eachItem(
                0,
                Long.MAX_VALUE,
                model.name(),
                row -> row.vector().filter(model::fits).ifPresent(middle::add));
        return middle.get();
    }

    /** Has {@link #save} called soon. */
    void suggest(AgentStore store) {
        toSave.ifPresent(sink -> sink.accept(store.agent()));
    }

    /** Whether an agent has many vectors and the file does not hold most of them. */
    boolean isStale(IndexSnapshot items) {
        int base = items.vectors().base();
        int since = items.size() - base + (items.size() - items.count());
        return items.vectors().dimension() > 0 && items.count() >= MIN_SAVED && (base == 0 || since > base / STALE);
    }

    /**
     * Saves the vectors of a picture, if the file is stale.
     *
     * @return whether there is a new file
     */
    boolean save(AgentStore store, IndexSnapshot items, String model) {
        Optional<Path> path = store.derived(FILE);
        boolean stale = isStale(items);
        Long written = unchecked.remove(store);
        if (path.isEmpty() || (!stale && written == null)) {
            return false;
        }
        try {
            if (stale) {
                write(path.get(), model, items, store.read(view -> history(view, items.change())), arena);
            }
            long change = stale || written == null ? items.change() : written;
            if (store.read(view -> view.forgotAfter(change))) {
                Files.deleteIfExists(path.get()); // what was forgotten meanwhile must not be in it
                return false;
            }
            return stale;
        } catch (IOException e) {
            notSaved(store, e);
            return false;
        }
    }

    private static void notSaved(AgentStore store, IOException e) {
        LOG.log(System.Logger.Level.WARNING, "the vectors of agent " + store.agent() + " are not saved", e);
    }

    static void write(Path path, String model, IndexSnapshot items, long history, TypedArena arena) throws IOException {
        long[] numbers = items.live().stream().mapToLong(items::number).sorted().toArray();
        VectorFile.write(
                path,
                new VectorFile.Head(model, numbers.length, items.change(), history, items.center()),
                to -> Arrays.stream(numbers).forEach(number -> {
                    int place = items.place(items.slotOf(number));
                    to.item(
                            number,
                            place == VectorStore.NONE
                                    ? Optional.empty()
                                    : Optional.of(items.vectors().get(place)));
                }),
                arena);
    }

    /** Forgets what it knows of a store that is closed. */
    void drop(AgentStore store) {
        unchecked.remove(store);
    }
}
