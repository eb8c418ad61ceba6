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
 * A graph over the codes of a {@link VectorFile}: each is linked to some that are near it, so that the best of very many are found by
 * comparing a few (hierarchical navigable small worlds: Malkov and Yashunin, Efficient and robust approximate nearest neighbor search, 2018).
 * Building it and going through it are Lucene's; the file is ours, mapped and so shared by processes. Derived, from one file of vectors
 * and of use with no other. Immutable and thread-safe.
 *
 * <p>Layout (a {@link ChecksummedFile}): a head of 8-byte numbers, see {@link Head}; then for each node a row: its code, the place of its vector, how
 * many links it has, and room for twice {@link #LINKS}; then for each higher level its nodes, ascending, and for each of them how many links it
 * has, and room for {@link #LINKS}.
 */
public final class HnswGraphFile {

    /** Links of a node, at most, on the higher levels; twice as many on the lowest, which has all nodes. */
    static final int LINKS = 32;

    private static final long MAGIC = 0x5354_454C_4548_4E57L; // STELEHNW
    private static final long VERSION = 2;

    private final Head head;
    private final MemorySegment rows;
    private final Level[] higher;

    /**
     * What a file says of itself.
     *
     * @param vectors checksum of the file of vectors
     * @param words of a code
     * @param nodes on each level, the lowest first
     * @param entry the node at which a search begins
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

        /** Bytes of a node's row. */
        int row() {
            return words * Long.BYTES + (2 + 2 * LINKS) * Integer.BYTES;
        }
    }

    /** Nodes of a higher level and their links. */
    private record Level(MemorySegment nodes, MemorySegment links) {

        static final int ROW = (1 + LINKS) * Integer.BYTES;

        /** Where the links of a node begin. */
        long at(int node) {
            int low = 0;
            int high = (int) (nodes.byteSize() / Integer.BYTES) - 1;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (nodes.getAtIndex(INT, middle) < node) {
                    low = middle + 1;
                } else {
                    high = middle;
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
     * Maps a graph after having checked all of it.
     *
     * @return empty if it is one of other vectors
     * @throws IOException if it cannot be read or is not what it should be; the message says in what
     */
    public static Optional<HnswGraphFile> map(Path path, VectorFile vectors) throws IOException {
        MemorySegment file = ChecksummedFile.map(path).content();
        Head head = Head.read(file);
        if (head.vectors() != vectors.checksum() || head.words() != BinaryQuantizer.words(vectors.dimension())) {
            return Optional.empty();
        }
        long at = aligned((long) head.numbers().length * Long.BYTES);
        MemorySegment rows = slice(file, at, (long) head.nodes()[0] * head.row());
        at = aligned(at + rows.byteSize());
        var higher = new Level[head.nodes().length - 1];
        for (int i = 0; i < higher.length; i++) {
            MemorySegment nodes = slice(file, at, (long) head.nodes()[i + 1] * Integer.BYTES);
            at = aligned(at + nodes.byteSize());
            MemorySegment links = slice(file, at, (long) head.nodes()[i + 1] * Level.ROW);
            at = aligned(at + links.byteSize());
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

    /** Takes what a search finds. */
    public interface Found {
        /** @param distance in how many bits the codes differ */
        void add(int place, int distance);
    }

    /**
     * Finds codes that are nearest to a query's.
     *
     * @param accepts tells whether a place is wanted
     * @param share about how many are, 0 to 1
     * @param wanted so many are to be found
     * @param compared at most so many are compared for it
     * @return whether so many were found with that; else nothing was
     */
    public boolean search(long[] query, IntPredicate accepts, double share, int wanted, int compared, Found found) {
        int count = head.nodes()[0];
        var collector = new TopKnnCollector(wanted, compared);
        var accepted = new Bits() {
            @Override
            public boolean get(int node) {
                return accepts.test(place(node));
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
                    Math.clamp((long) (share * count), 1, Math.max(1, count - 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing here reads a file but by memory
        }
        if (collector.earlyTerminated() || collector.numCollected() < wanted) {
            return false;
        }
        for (ScoreDoc one : collector.topDocs().scoreDocs) {
            found.add(place(one.doc), bits() - (int) one.score);
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

    /** In how many bits codes are like the query's. For one thread. */
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

    /** The links as Lucene goes along them. For one thread. */
    private final class Links extends HnswGraph {
        private MemorySegment links = rows;
        /** Of the next link. */
        private long at;

        private int left;

        @Override
        public void seek(int level, int node) {
            links = level == 0 ? rows : higher[level - 1].links();
            long count = level == 0
                    ? row(node) + (long) head.words() * Long.BYTES + Integer.BYTES
                    : higher[level - 1].at(node);
            left = links.get(INT, count);
            at = count + Integer.BYTES;
        }

        @Override
        public int nextNeighbor() {
            if (left == 0) {
                return DocIdSetIterator.NO_MORE_DOCS;
            }
            left--;
            int next = links.get(INT, at);
            at += Integer.BYTES;
            return next;
        }

        @Override
        public int neighborCount() {
            return left;
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
