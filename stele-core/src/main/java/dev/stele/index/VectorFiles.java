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

/**
 * Manager of the vector files of large agents. A vector file is a cache beside the store: the processes of the machine
 * share it, and the heap and the arena need not hold its vectors. Thread-safe.
 */
final class VectorFiles {

    /** Name of the vector file of an agent. */
    private static final String FILE_NAME = "vectors";

    private static final System.Logger LOG = System.getLogger(VectorFiles.class.getName());

    /** Minimum number of items of an agent with a vector file; fewer vectors are read from the store fast enough. */
    private static final int MIN_SAVED = 4_096;
    /**
     * A file is written again when the number of its dead items and of the live items it lacks exceeds the number of
     * its items divided by this number.
     */
    private static final int STALE_DIVISOR = 8;

    private final long maxUnsavedBytes;
    private final Function<String, Optional<float[]>> centers;
    private final TypedArena arena;
    private final Optional<Consumer<AgentName>> toSave;

    /**
     * Numbers of the changes as of which files were written while a query waited. Such a file may contain items that
     * were erased meanwhile; {@link #save} checks for them.
     */
    private final Map<AgentStore, Long> uncheckedWrites = new ConcurrentHashMap<>();

    /**
     * @param maxUnsavedBytes maximum bytes of the vectors of an agent that are in memory and in no file
     * @param centers returns the {@linkplain Embedder#center centroid of the vectors} of a model, by the name of the
     *     model
     * @param arena memory for vectors that are in no file
     * @param toSave receives the agents for which {@link #save} should be called; empty if nothing is to be written
     */
    VectorFiles(
            long maxUnsavedBytes,
            Function<String, Optional<float[]>> centers,
            TypedArena arena,
            Optional<Consumer<AgentName>> toSave) {
        this.maxUnsavedBytes = maxUnsavedBytes;
        this.centers = centers;
        this.arena = arena;
        this.toSave = toSave;
    }

    /**
     * Opens the vectors of a model for an index snapshot of a view. If the file lacks more vectors than memory should
     * hold, the file is written first.
     *
     * @param store store of the agent
     * @param view view that the snapshot is loaded from
     * @param model model of the vectors
     * @return vectors of the file; an empty vector store if there is no usable file
     */
    VectorStore of(AgentStore store, StoreView view, Model model) {
        Optional<float[]> center = centers.apply(model.name());
        return store.derived(FILE_NAME)
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
                return Optional.empty(); // the model has changed
            }
            if (file.change() > view.lastChange()) {
                return Optional.empty(); // written after the view began, or of another history
            }
            if (file.history() != history(view, file.change())) {
                throw new IOException("it is of another memory");
            }
            if (view.forgotAfter(file.change())) {
                if (toSave.isPresent()) {
                    Files.deleteIfExists(path); // the process that wrote it ended before deleting it
                }
                return Optional.empty();
            }
            return Optional.of(file);
        });
    }

    /**
     * Returns a fingerprint that distinguishes the history of a memory up to a change from other histories: time and
     * kind of the first change and of this change. 0 if one of the two changes does not exist.
     */
    private static long history(StoreView view, long change) {
        long history = 17;
        for (long number : new long[] {1, change}) {
            List<Change> changes = view.changes(number - 1, 1);
            if (changes.isEmpty() || changes.getFirst().number() != number) {
                return 0;
            }
            history = 31 * history + changes.getFirst().at().toEpochMilli();
            history = 31 * history + changes.getFirst().kind().code();
        }
        return history;
    }

    /**
     * Returns whether a file must be written before a snapshot is loaded: the vectors of the changes since the file was
     * written may need more bytes than memory should hold, and the file is stale.
     */
    private boolean lacksMuch(Optional<VectorFile> file, StoreView view, Model model) {
        long since = view.lastChange() - file.map(VectorFile::change).orElse(0L);
        return toSave.isPresent()
                && since * model.dimension() * Float.BYTES > maxUnsavedBytes
                && since > file.map(VectorFile::count).orElse(0) / STALE_DIVISOR;
    }

    /**
     * Writes the vectors of a store to a file; empty if there are few, or if the file cannot be written, which is
     * logged.
     */
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
                            center.orElseGet(() -> computeCentroid(view, model))),
                    writer -> view.forEachItem(
                            0,
                            Long.MAX_VALUE,
                            model.name(),
                            row -> writer.item(row.number(), row.vector().filter(model::fits))),
                    arena);
            uncheckedWrites.put(store, change);
            suggest(store);
            return Optional.of(VectorFile.map(path));
        } catch (IOException e) {
            notSaved(store, e);
            return Optional.empty();
        }
    }

    private static float[] computeCentroid(StoreView view, Model model) {
        var centroid = new Centroid(model.dimension());
        view.forEachItem(
                0,
                Long.MAX_VALUE,
                model.name(),
                row -> row.vector().filter(model::fits).ifPresent(centroid::add));
        return centroid.get();
    }

    /**
     * Requests a call of {@link #save} for an agent in the background.
     *
     * @param store store of the agent
     */
    void suggest(AgentStore store) {
        toSave.ifPresent(sink -> sink.accept(store.agent()));
    }

    /**
     * Returns whether an agent has many vectors and the file does not contain most of them.
     *
     * @param items index snapshot of the agent
     */
    boolean isStale(IndexSnapshot items) {
        int base = items.vectors().base();
        int since = items.size() - base + (items.size() - items.count());
        return items.vectors().dimension() > 0
                && items.count() >= MIN_SAVED
                && (base == 0 || since > base / STALE_DIVISOR);
    }

    /**
     * Saves the vectors of an index snapshot if the file is stale. Deletes the file if it may contain erased items.
     *
     * @param store store of the agent
     * @param items index snapshot of the agent
     * @param model name of the model of the vectors
     * @return whether a new file was written
     */
    boolean save(AgentStore store, IndexSnapshot items, String model) {
        Optional<Path> path = store.derived(FILE_NAME);
        boolean stale = isStale(items);
        Long writtenChange = uncheckedWrites.remove(store);
        if (path.isEmpty() || (!stale && writtenChange == null)) {
            return false;
        }
        try {
            if (stale) {
                write(path.get(), model, items, store.read(view -> history(view, items.change())), arena);
            }
            long change = stale || writtenChange == null ? items.change() : writtenChange;
            if (store.read(view -> view.forgotAfter(change))) {
                Files.deleteIfExists(path.get()); // items that were erased meanwhile must not be in the file
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

    /**
     * Writes the vectors of an index snapshot to a file, in the order of the item numbers.
     *
     * @param path path of the file
     * @param model name of the model of the vectors
     * @param items index snapshot
     * @param history fingerprint of the history up to the change of the snapshot
     * @param arena memory for buffers
     * @throws IOException if the file cannot be written
     */
    static void write(Path path, String model, IndexSnapshot items, long history, TypedArena arena) throws IOException {
        long[] numbers = items.live().stream().mapToLong(items::number).sorted().toArray();
        VectorFile.write(
                path,
                new VectorFile.Head(model, numbers.length, items.change(), history, items.center()),
                writer -> Arrays.stream(numbers).forEach(number -> {
                    int vectorOrdinal = items.place(items.ordinalOf(number));
                    writer.item(
                            number,
                            vectorOrdinal == VectorStore.NONE
                                    ? Optional.empty()
                                    : Optional.of(items.vectors().get(vectorOrdinal)));
                }),
                arena);
    }

    /**
     * Removes the state that is kept for a store. Called when the store is being closed.
     *
     * @param store store of the agent
     */
    void drop(AgentStore store) {
        uncheckedWrites.remove(store);
    }
}
