package dev.stele.vector;

import static dev.stele.io.ChecksummedFile.INT;
import static dev.stele.io.ChecksummedFile.LONG;
import static dev.stele.io.ChecksummedFile.aligned;

import dev.stele.io.ChecksummedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.RandomVectorScorer;

/**
 * Memory-mapped HNSW graph over the codes of a {@link VectorFile}: each node links to some of its nearest neighbors, so
 * that a search finds the best of very many codes by comparing few (hierarchical navigable small worlds: Malkov and
 * Yashunin, Efficient and robust approximate nearest neighbor search, 2018). Lucene builds and searches the graph; the
 * file format is our own, so that processes share the mapped file. The file is derived from one file of vectors and is
 * valid only with that file. Immutable and thread-safe.
 *
 * <p>Layout (a {@link ChecksummedFile}):
 *
 * <pre>
 *   header          8-byte integers, see {@link Head}
 *   level 0         one row per node: code, ordinal of its vector, number of links, space for 2 * {@link #LINKS} links
 *   higher levels   per level: its nodes, ascending; then per node: number of links, space for {@link #LINKS} links
 * </pre>
 */
public final class HnswGraphFile {

    /**
     * Maximum number of links of a node on the higher levels. On the lowest level, which contains all nodes, the
     * maximum is twice this number.
     */
    static final int LINKS = 32;

    private static final long MAGIC = 0x5354_454C_4548_4E57L; // STELEHNW
    private static final long VERSION = 2;

    private final Head head;
    private final MemorySegment rows;
    private final Level[] higher;

    /**
     * Header of a file.
     *
     * @param vectors checksum of the file of vectors
     * @param words number of 64-bit words of a code
     * @param nodes number of nodes on each level, the lowest level first
     * @param entry node at which a search begins
     */
    record Head(long vectors, int words, int[] nodes, int entry) {

        private static final int FIXED = 6;

        long[] numbers() {
            var numbers = new long[FIXED + nodes.length];
            numbers[0] = MAGIC;
            numbers[1] = VERSION;
            numbers[2] = vectors;
            numbers[3] = words;
            numbers[4] = entry;
            numbers[5] = nodes.length;
            for (int level = 0; level < nodes.length; level++) {
                numbers[FIXED + level] = nodes[level];
            }
            return numbers;
        }

        private static Head read(MemorySegment file) throws IOException {
            if (file.byteSize() < (FIXED + 1L) * Long.BYTES
                    || file.get(LONG, 0) != MAGIC
                    || file.getAtIndex(LONG, 1) != VERSION) {
                throw new IOException("it is no graph of this version");
            }
            long levels = file.getAtIndex(LONG, 5);
            if (levels < 1 || (FIXED + levels) * Long.BYTES > file.byteSize()) {
                throw new IOException("it has " + levels + " levels");
            }
            var nodes = new int[(int) levels];
            for (int level = 0; level < nodes.length; level++) {
                nodes[level] = Math.toIntExact(file.getAtIndex(LONG, FIXED + level));
            }
            return new Head(
                    file.getAtIndex(LONG, 2),
                    Math.toIntExact(file.getAtIndex(LONG, 3)),
                    nodes,
                    Math.toIntExact(file.getAtIndex(LONG, 4)));
        }

        /** Returns the size of a row of level 0, in bytes. */
        int row() {
            return words * Long.BYTES + (2 + 2 * LINKS) * Integer.BYTES;
        }
    }

    /**
     * Nodes and links of a higher level.
     *
     * @param nodes node numbers, ascending
     * @param links rows of links, in the order of the nodes
     */
    private record Level(MemorySegment nodes, MemorySegment links) {

        static final int ROW = (1 + LINKS) * Integer.BYTES;

        /**
         * Returns the offset of the link row of a node, in bytes, found by binary search. The node must be on this
         * level.
         */
        long at(int node) {
            int low = 0;
            int high = (int) (nodes.byteSize() / Integer.BYTES) - 1;
            while (low < high) {
                int mid = (low + high) >>> 1;
                if (nodes.getAtIndex(INT, mid) < node) {
                    low = mid + 1;
                } else {
                    high = mid;
                }
            }
            return (long) low * ROW;
        }
    }

    private HnswGraphFile(Head head, MemorySegment rows, Level[] higher) {
        this.head = head;
        this.rows = rows;
        this.higher = higher;
    }

    /**
     * Maps a graph after verifying its checksum and structure.
     *
     * @param path location of the graph
     * @param vectors file of vectors that the graph must belong to
     * @return the graph; empty if it belongs to other vectors
     * @throws IOException if the file cannot be read or is invalid; the message states the defect
     */
    public static Optional<HnswGraphFile> map(Path path, VectorFile vectors) throws IOException {
        MemorySegment file = ChecksummedFile.map(path).content();
        Head head = Head.read(file);
        if (head.vectors() != vectors.checksum() || head.words() != BinaryQuantizer.words(vectors.dimension())) {
            return Optional.empty();
        }
        long offset = aligned((long) head.numbers().length * Long.BYTES);
        MemorySegment rows = slice(file, offset, (long) head.nodes()[0] * head.row());
        offset = aligned(offset + rows.byteSize());
        var higher = new Level[head.nodes().length - 1];
        for (int i = 0; i < higher.length; i++) {
            MemorySegment nodes = slice(file, offset, (long) head.nodes()[i + 1] * Integer.BYTES);
            offset = aligned(offset + nodes.byteSize());
            MemorySegment links = slice(file, offset, (long) head.nodes()[i + 1] * Level.ROW);
            offset = aligned(offset + links.byteSize());
            higher[i] = new Level(nodes, links);
        }
        return Optional.of(new HnswGraphFile(head, rows, higher));
    }

    private static MemorySegment slice(MemorySegment file, long from, long bytes) throws IOException {
        if (bytes < 0 || from + bytes > file.byteSize()) {
            throw new IOException("its length is wrong");
        }
        return file.asSlice(from, bytes);
    }

    /** Receiver of search results. */
    public interface Found {
        /**
         * Receives a result.
         *
         * @param ordinal ordinal of the vector
         * @param distance Hamming distance between the codes
         */
        void add(int ordinal, int distance);
    }

    /**
     * Searches the graph for the approximate nearest neighbors of a query by Hamming distance.
     *
     * @param query code of the query
     * @param filter accepts the ordinals that may be results
     * @param selectivity estimated share of ordinals that the filter accepts, 0 to 1
     * @param k number of results
     * @param visitLimit maximum number of codes that are compared
     * @param found receives the results
     * @return true if {@code k} results were found within the limit; otherwise {@code found} received nothing
     */
    public boolean search(long[] query, IntPredicate filter, double selectivity, int k, int visitLimit, Found found) {
        int count = head.nodes()[0];
        var collector = new TopKnnCollector(k, visitLimit);
        var accepted = new Bits() {
            @Override
            public boolean get(int node) {
                return filter.test(place(node));
            }

            @Override
            public int length() {
                return count;
            }
        };
        try {
            HnswGraphSearcher.search(
                    new Scorer(query),
                    collector,
                    new Links(),
                    accepted,
                    Math.clamp((long) (selectivity * count), 1, Math.max(1, count - 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not expected: the graph is read from mapped memory only
        }
        if (collector.earlyTerminated() || collector.numCollected() < k) {
            return false;
        }
        for (ScoreDoc scoreDoc : collector.topDocs().scoreDocs) {
            found.add(place(scoreDoc.doc), bits() - (int) scoreDoc.score);
        }
        return true;
    }

    private int bits() {
        return head.words() * Long.SIZE;
    }

    private long row(int node) {
        return (long) node * head.row();
    }

    private int place(int node) {
        return rows.get(INT, row(node) + (long) head.words() * Long.BYTES);
    }

    /** Scorer whose score is the number of bits that equal those of the query. Not thread-safe. */
    private final class Scorer implements RandomVectorScorer {
        private final long[] query;

        Scorer(long[] query) {
            this.query = query;
        }

        @Override
        public float score(int node) {
            return bits() - BinaryQuantizer.differ(rows, row(node), query);
        }

        @Override
        public int maxOrd() {
            return head.nodes()[0];
        }
    }

    /** View of the graph through the interface that Lucene traverses. Not thread-safe. */
    private final class Links extends HnswGraph {
        private MemorySegment links = rows;
        /** Offset of the next link, in bytes. */
        private long offset;

        private int remaining;

        @Override
        public void seek(int level, int node) {
            links = level == 0 ? rows : higher[level - 1].links();
            long count = level == 0
                    ? row(node) + (long) head.words() * Long.BYTES + Integer.BYTES
                    : higher[level - 1].at(node);
            remaining = links.get(INT, count);
            offset = count + Integer.BYTES;
        }

        @Override
        public int nextNeighbor() {
            if (remaining == 0) {
                return DocIdSetIterator.NO_MORE_DOCS;
            }
            remaining--;
            int next = links.get(INT, offset);
            offset += Integer.BYTES;
            return next;
        }

        @Override
        public int neighborCount() {
            return remaining;
        }

        @Override
        public int size() {
            return head.nodes()[0];
        }

        @Override
        public int numLevels() {
            return head.nodes().length;
        }

        @Override
        public int maxConn() {
            return LINKS;
        }

        @Override
        public int entryNode() {
            return head.entry();
        }

        @Override
        public NodesIterator getNodesOnLevel(int level) {
            if (level == 0) {
                return new ArrayNodesIterator(size());
            }
            int[] nodes = higher[level - 1].nodes().toArray(INT);
            return new ArrayNodesIterator(nodes, nodes.length);
        }
    }
}
