package dev.stele.vector;

import static dev.stele.io.ChecksummedFile.INT;
import static dev.stele.io.ChecksummedFile.LONG;

import dev.stele.arena.Block;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.TypedArena;
import dev.stele.io.ChecksummedFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.apache.lucene.util.hnsw.NeighborArray;
import org.apache.lucene.util.hnsw.OnHeapHnswGraph;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;
import org.apache.lucene.util.hnsw.UpdateableRandomVectorScorer;

/**
 * Builder and writer of the {@link HnswGraphFile} of a file of vectors. The graph is built from the codes, which takes
 * a seventh of the time needed with the vectors: half a millisecond per vector among 100,000 and one and a half among a
 * million, on one thread. The same file of vectors always yields the same graph. Not thread-safe.
 */
public final class HnswGraphWriter {

    /** Approximate heap use per node while the graph is built, in bytes. */
    private static final long HEAP_BYTES_PER_NODE = 420;

    /** Number of candidates that are considered to find the neighbors of a new node (beam width). */
    private static final int BEAM_WIDTH = 200;

    private static final long SEED = 7;
    /** Number of rows that are written between two checks of the time. */
    private static final int ROWS_PER_TIME_CHECK = 4_096;

    private final VectorFile file;
    private final int[] ordinals;
    private final int words;
    private final BooleanSupplier hasTime;

    private HnswGraphWriter(VectorFile file, BooleanSupplier hasTime) {
        this.file = file;
        this.ordinals = IntStream.range(0, file.count()).filter(file::hasVector).toArray();
        this.words = BinaryQuantizer.words(file.dimension());
        this.hasTime = hasTime;
    }

    /**
     * Returns whether the heap is large enough to build a graph over a number of vectors: it may use at most half of
     * the maximum heap.
     */
    static boolean fits(int vectors) {
        return vectors * HEAP_BYTES_PER_NODE < Runtime.getRuntime().maxMemory() / 2;
    }

    /**
     * Builds the graph and writes it atomically.
     *
     * @param path location of the graph
     * @param file file of vectors
     * @param arena source of memory for a temporary copy of the codes
     * @param hasTime returns whether the work may continue; called often
     * @return true if the graph was written; false if the time ran out or the file contains no vector
     * @throws IOException if the graph cannot be written
     */
    public static boolean write(Path path, VectorFile file, TypedArena arena, BooleanSupplier hasTime)
            throws IOException {
        var build = new HnswGraphWriter(file, hasTime);
        if (build.ordinals.length == 0) {
            return false;
        }
        try {
            try (Block codes = build.codes(arena)) {
                OnHeapHnswGraph graph = build.graph(codes.memory());
                build.write(path, graph, codes.memory());
            }
            return true;
        } catch (InterruptedIOException e) {
            return false;
        }
    }

    /** Copies the codes so that each is contiguous; in the blocks of the file the words of a code are apart. */
    private Block codes(TypedArena arena) {
        Block block = arena.allocateDirty((long) ordinals.length * words * Long.BYTES, OverBudgetPolicy.USE_HEAP);
        var codes = new BinaryQuantizer(file.center());
        for (int node = 0; node < ordinals.length; node++) {
            for (int word = 0; word < words; word++) {
                block.memory()
                        .setAtIndex(LONG, (long) node * words + word, codes.word(file.codes(), ordinals[node], word));
            }
        }
        return block;
    }

    private OnHeapHnswGraph graph(MemorySegment codes) throws IOException {
        HnswGraphBuilder builder =
                HnswGraphBuilder.create(new Scorers(codes), HnswGraphFile.LINKS, BEAM_WIDTH, SEED, ordinals.length);
        for (int node = 0; node < ordinals.length; node++) {
            checkTime();
            builder.addGraphNode(node);
        }
        return builder.getCompletedGraph();
    }

    private void checkTime() throws InterruptedIOException {
        if (!hasTime.getAsBoolean()) {
            throw new InterruptedIOException("there is no time for it");
        }
    }

    private void write(Path path, OnHeapHnswGraph graph, MemorySegment codes) throws IOException {
        var nodes = new int[graph.numLevels()];
        for (int level = 0; level < nodes.length; level++) {
            nodes[level] = graph.getNodesOnLevel(level).size();
        }
        var head = new HnswGraphFile.Head(file.checksum(), words, nodes, graph.entryNode());
        ChecksummedFile.write(path, out -> {
            for (long number : head.numbers()) {
                out.write(number);
            }
            out.align();
            var row = new byte[head.row()];
            MemorySegment to = MemorySegment.ofArray(row);
            long codeBytes = (long) words * Long.BYTES;
            for (int node = 0; node < ordinals.length; node++) {
                if (node % ROWS_PER_TIME_CHECK == 0) {
                    checkTime();
                }
                MemorySegment.copy(codes, node * codeBytes, to, 0, codeBytes);
                to.set(INT, codeBytes, ordinals[node]);
                links(graph.getNeighbors(0, node), to.asSlice(codeBytes + Integer.BYTES));
                out.write(row);
            }
            out.align();
            for (int level = 1; level < nodes.length; level++) {
                int[] levelNodes = HnswGraph.NodesIterator.getSortedNodes(graph.getNodesOnLevel(level));
                out.write(levelNodes);
                out.align();
                var higher = new byte[(1 + HnswGraphFile.LINKS) * Integer.BYTES];
                for (int node : levelNodes) {
                    links(graph.getNeighbors(level, node), MemorySegment.ofArray(higher));
                    out.write(higher);
                }
                out.align();
            }
        });
    }

    /** Writes the number of links followed by the links. */
    private static void links(NeighborArray links, MemorySegment to) {
        to.fill((byte) 0);
        to.set(INT, 0, links.size());
        MemorySegment.copy(links.nodes(), 0, to, INT, Integer.BYTES, links.size());
    }

    /** Source of scorers that compare codes with each other. Thread-safe. */
    private final class Scorers implements RandomVectorScorerSupplier {
        private final MemorySegment codes;

        Scorers(MemorySegment codes) {
            this.codes = codes;
        }

        @Override
        public UpdateableRandomVectorScorer scorer() {
            var scored = new long[words];
            return new UpdateableRandomVectorScorer() {
                @Override
                public void setScoringOrdinal(int node) {
                    MemorySegment.copy(codes, LONG, (long) node * words * Long.BYTES, scored, 0, words);
                }

                @Override
                public float score(int node) {
                    return words * Long.SIZE - BinaryQuantizer.differ(codes, (long) node * words * Long.BYTES, scored);
                }

                @Override
                public int maxOrd() {
                    return ordinals.length;
                }
            };
        }

        @Override
        public RandomVectorScorerSupplier copy() {
            return this;
        }
    }
}
