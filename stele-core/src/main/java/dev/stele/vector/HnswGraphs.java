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
 * HNSW graphs over the saved vectors of agents with very many vectors. One process builds the graph of an agent once
 * and stores it in a file beside the vectors, which all processes use. Until the graph exists, a search compares all
 * codes. Thread-safe.
 */
public final class HnswGraphs {

    private static final System.Logger LOG = System.getLogger(HnswGraphs.class.getName());

    /** Name of the derived file that contains the graph of an agent. */
    private static final String FILE_NAME = "hnsw";

    private final int minVectors;
    private final TypedArena arena;

    /**
     * Creates the service.
     *
     * @param minVectors minimum number of saved vectors for which a graph is built; 0 for no graphs
     * @param arena source of the memory needed while a graph is built
     */
    public HnswGraphs(int minVectors, TypedArena arena) {
        this.minVectors = minVectors;
        this.arena = arena;
    }

    /**
     * Attaches the graph of an agent to its vectors, if a graph was built. Otherwise logs a warning if the heap is too
     * small to build one.
     *
     * @param store store of the agent
     * @param vectors vectors of the agent; unchanged if they have no file or too few vectors
     */
    public void take(AgentStore store, VectorStore vectors) {
        vectors.file().filter(this::isLarge).ifPresent(file -> {
            Optional<HnswGraphFile> graph = store.derived(FILE_NAME).flatMap(path -> mapped(path, file));
            graph.ifPresent(vectors::use);
            if (graph.isEmpty() && !HnswGraphWriter.fits(file.count())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the heap is too small to make a graph over the {0} vectors of agent {1}, so each question compares the codes of all; give Java more (-Xmx)",
                        file.count(),
                        store.agent());
            }
        });
    }

    private boolean isLarge(VectorFile file) {
        return minVectors > 0 && file.count() >= minVectors;
    }

    /**
     * Returns whether a graph has still to be built over vectors: they have none, are numerous enough, and the heap is
     * large enough.
     */
    public boolean lack(VectorStore vectors) {
        return !vectors.hasGraph()
                && vectors.file()
                        .filter(file -> isLarge(file) && HnswGraphWriter.fits(file.count()))
                        .isPresent();
    }

    /**
     * Builds the graph over vectors that lack one, or attaches the graph that another process built. A graph built from
     * vectors that were erased in the meantime is deleted. An I/O error is logged and leaves the vectors without a
     * graph.
     *
     * @param store store of the agent
     * @param vectors vectors of the agent
     * @param hasTime returns whether the work may continue; called often
     */
    public void make(AgentStore store, VectorStore vectors, BooleanSupplier hasTime) {
        Optional<Path> path = store.derived(FILE_NAME);
        if (path.isEmpty() || !lack(vectors)) {
            return;
        }
        VectorFile file = vectors.file().orElseThrow();
        Optional<HnswGraphFile> graph = mapped(path.get(), file);
        try {
            if (graph.isEmpty() && !forgot(store, file) && HnswGraphWriter.write(path.get(), file, arena, hasTime)) {
                if (forgot(store, file)) {
                    // The file must not contain vectors of items erased in the meantime.
                    Files.deleteIfExists(path.get());
                    return;
                }
                graph = mapped(path.get(), file);
            }
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "there is no graph over the vectors of agent " + store.agent() + " yet",
                    e);
        }
        graph.ifPresent(vectors::use);
    }

    private static boolean forgot(AgentStore store, VectorFile since) {
        return store.read(view -> view.forgotAfter(since.change()));
    }

    private static Optional<HnswGraphFile> mapped(Path path, VectorFile vectors) {
        return ChecksummedFile.ifUsable(
                LOG, path, "until then all codes are compared", () -> HnswGraphFile.map(path, vectors));
    }
}
