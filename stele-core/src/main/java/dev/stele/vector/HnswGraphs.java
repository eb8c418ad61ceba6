package dev.stele.vector;

import dev.stele.arena.TypedArena;
import dev.stele.io.ChecksummedFile;
import dev.stele.store.AgentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The graphs over the saved vectors of agents that have very many: each is made once, by one process, kept beside the vectors and used by all.
 * Until there is one, all codes are compared. Thread-safe.
 */
public final class HnswGraphs {

    private static final System.Logger LOG = System.getLogger(HnswGraphs.class.getName());

    /** The name of the file. */
    private static final String FILE = "hnsw";

    private final int from;
    private final TypedArena arena;

    /**
     * @param from so many vectors have a graph, 0 for none
     * @param arena for what is needed while one is made
     */
    public HnswGraphs(int from, TypedArena arena) {
        this.from = from;
        this.arena = arena;
    }

    /** Lets the vectors of a file be searched through its graph, if that was made. */
    public void take(AgentStore store, VectorStore vectors) {
        vectors.file().filter(this::isLarge).ifPresent(file -> {
            Optional<HnswGraphFile> made = store.derived(FILE).flatMap(path -> made(path, file));
            made.ifPresent(vectors::use);
            if (made.isEmpty() && !HnswGraphWriter.fits(file.count())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the heap is too small to make a graph over the {0} vectors of agent {1}, so each question compares the codes of all; give Java more (-Xmx)",
                        file.count(),
                        store.agent());
            }
        });
    }

    private boolean isLarge(VectorFile file) {
        return from > 0 && file.count() >= from;
    }

    /** Whether a graph is to be made over these. */
    public boolean lack(VectorStore vectors) {
        return !vectors.hasGraph()
                && vectors.file()
                        .filter(file -> isLarge(file) && HnswGraphWriter.fits(file.count()))
                        .isPresent();
    }

    /**
     * Makes the graph over vectors that lack it, or takes the one that another process made.
     *
     * @param time whether there still is time; asked often
     */
    public void make(AgentStore store, VectorStore vectors, BooleanSupplier time) {
        Optional<Path> path = store.derived(FILE);
        if (path.isEmpty() || !lack(vectors)) {
            return;
        }
        VectorFile file = vectors.file().orElseThrow();
        Optional<HnswGraphFile> made = made(path.get(), file);
        try {
            if (made.isEmpty() && !forgot(store, file) && HnswGraphWriter.write(path.get(), file, arena, time)) {
                if (forgot(store, file)) {
                    Files.deleteIfExists(path.get()); // what was forgotten meanwhile must not be in it
                    return;
                }
                made = made(path.get(), file);
            }
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "there is no graph over the vectors of agent " + store.agent() + " yet",
                    e);
        }
        made.ifPresent(vectors::use);
    }

    private static boolean forgot(AgentStore store, VectorFile since) {
        return store.read(view -> view.forgotAfter(since.change()));
    }

    private static Optional<HnswGraphFile> made(Path path, VectorFile vectors) {
        return ChecksummedFile.ifUsable(
                LOG, path, "until then all codes are compared", () -> HnswGraphFile.map(path, vectors));
    }
}
