package dev.stele.vector;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.arena.Block;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.TypedArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Append-only store of the vectors of one agent in off-heap memory, with their binary quantized codes for search in
 * large memories. Vectors come from a mapped file that processes share, if there is one, and later additions are in
 * memory of the CACHE kind.
 *
 * <p>Each vector has an ordinal that is never assigned to another vector. Index snapshots of different points in time
 * therefore share one store, and readers need no lock: a vector is read only by snapshots that were created after it
 * was written and that map its ordinal to an item.
 *
 * <p>Memory is released by {@link #close}, which the owner calls when no reader is left; otherwise a cleaner releases
 * it when the store becomes unreachable. Thread-safe.
 */
public final class VectorStore implements AutoCloseable {

    /** Ordinal of an item that has no vector. */
    public static final int NONE = -1;

    private static final Cleaner CLEANER = Cleaner.create();
    /** Number of vectors in the first chunk. */
    private static final int FIRST_CHUNK = 64;
    /**
     * Maximum number of vectors in a chunk. Chunks double in size up to this limit, so that an agent with few items
     * uses little memory.
     */
    private static final int MAX_CHUNK = 8_192;
    /**
     * Minimum number of vectors that are quantized; fewer are searched without codes. With a known centroid of the
     * model the lower limit {@link #MAX_EXACT_WITH_MODEL_CENTROID} applies instead.
     */
    private static final int MIN_QUANTIZED = 4_096;
    /** Maximum number of filtered items that are all scored exactly, without codes. */
    private static final int MAX_EXACT = 6_000;
    /**
     * The same limit if the centroid of the model is known. It is lower because such codes do not depend on which
     * vectors were stored first.
     */
    private static final int MAX_EXACT_WITH_MODEL_CENTROID = 2_048;

    /** Growth factor of the number of vectors after which the centroid is computed again. */
    private static final int RECENTER_FACTOR = 4;

    /** Cost of visiting a code through the graph, in comparisons of contiguous codes. */
    private static final int GRAPH_COST_RATIO = 64;
    /** Maximum number of codes the graph compares per result if all codes pass the filter. */
    private static final int GRAPH_VISITS_PER_RESULT = 24;
    /**
     * Number of vectors that are copied before they are compared; few enough for the first-level cache of the
     * processor.
     */
    private static final int COPY_BATCH = 16;

    private final TypedArena arena;
    private final int dimension;
    /** Centroid of the model, if known; empty if the centroid is computed from the vectors of this store. */
    private final Optional<float[]> modelCentroid;

    private final Cleaner.Cleanable cleanable;
    /** File that contains the vectors of the first chunk, or null if there is none. */
    private final @Nullable VectorFile file;
    /** Number of vectors in the file; 0 without a file. */
    private final int base;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<Block> blocks;

    @GuardedBy("lock")
    private int used;

    /** Ordinals that were skipped and not filled since. */
    @GuardedBy("lock")
    private final BitSet empty = new BitSet();

    /**
     * All chunks so far. The array is replaced and never modified; a reader that knows an ordinal sees the chunk that
     * holds the ordinal.
     */
    private volatile MemorySegment[] chunks;

    /** Codes of the same chunks, or null while there are too few vectors. Replaced as a whole. */
    private volatile @Nullable Coded coded;

    /** HNSW graph over the codes of the file, or null if there is none yet. */
    private volatile @Nullable HnswGraphFile graph;

    /**
     * Quantizer and codes.
     *
     * @param codes quantizer with the centroid
     * @param chunks codes of each chunk, in the order of the chunks
     * @param takenOf number of vectors when the centroid was computed
     */
    private record Coded(BinaryQuantizer codes, MemorySegment[] chunks, int takenOf) {
        Coded with(MemorySegment chunk) {
            MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
            more[chunks.length] = chunk;
            return new Coded(codes, more, takenOf);
        }
    }

    /**
     * Creates an empty store.
     *
     * @param arena source of memory
     * @param dimension number of components of all vectors; 0 for a memory without an embedding model
     * @param center centroid of the vectors of the model, if known
     */
    public VectorStore(TypedArena arena, int dimension, Optional<float[]> center) {
        this(arena, dimension, center, null, 0, new MemorySegment[0], null, Optional.empty());
    }

    /**
     * Creates a store that begins with the vectors of a file.
     *
     * @param arena source of memory for additions
     * @param file file whose vectors get the ordinals from 0
     * @param center centroid of the vectors of the model, if known; ignored if the codes of the file were made from
     *     another one
     */
    public VectorStore(TypedArena arena, VectorFile file, Optional<float[]> center) {
        this(
                arena,
                file.dimension(),
                center.filter(centroid -> Arrays.equals(centroid, file.center())),
                file,
                file.count(),
                new MemorySegment[] {file.vectors()},
                new Coded(new BinaryQuantizer(file.center()), new MemorySegment[] {file.codes()}, file.count()),
                Optional.empty());
    }

    private VectorStore(
            TypedArena arena,
            int dimension,
            Optional<float[]> modelCentroid,
            @Nullable VectorFile file,
            int used,
            MemorySegment[] chunks,
            @Nullable Coded coded,
            Optional<VectorStore> origin) {
        this.arena = arena;
        this.dimension = dimension;
        this.modelCentroid = modelCentroid;
        this.file = file;
        this.base = file == null ? 0 : file.count();
        this.used = used;
        this.chunks = chunks;
        this.coded = coded;
        this.blocks = new ArrayList<>();
        List<Block> held = blocks;
        // No thread uses the list when this action runs. Until then the action keeps the list and the origin of a fork
        // reachable, because the fork uses chunks of its origin.
        this.cleanable = CLEANER.register(this, () -> {
            try {
                held.forEach(Block::release);
            } finally {
                Reference.reachabilityFence(origin);
            }
        });
    }

    /**
     * Creates a store that shares the vectors of this one and allocates its own memory for additions. Vectors added to
     * the fork do not appear in this store. New ordinals of the fork begin after the last chunk of this store.
     */
    public VectorStore fork() {
        lock.lock();
        try {
            var forked = new VectorStore(
                    arena, dimension, modelCentroid, file, startOf(chunks.length), chunks, coded, Optional.of(this));
            forked.graph = graph;
            return forked;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of vectors that come from a file; their ordinals are the lowest. 0 without a file. */
    public int base() {
        return base;
    }

    /** Returns the file that contains the first vectors, if there is one. */
    public Optional<VectorFile> file() {
        return Optional.ofNullable(file);
    }

    /**
     * Sets the HNSW graph that later searches use instead of a comparison with all codes of the file.
     *
     * @param ofFile graph over the codes of this store's file
     */
    public void use(HnswGraphFile ofFile) {
        graph = ofFile;
    }

    /** Returns whether the store has an HNSW graph. */
    public boolean hasGraph() {
        return graph != null;
    }

    /** Returns the number of components of every vector; 0 for a memory without an embedding model. */
    public int dimension() {
        return dimension;
    }

    /**
     * Adds a vector.
     *
     * @param vector copied; any dimension
     * @return the ordinal, or {@link #NONE} for a vector of another dimension
     */
    public int add(float[] vector) {
        if (vector.length != dimension) {
            return NONE;
        }
        lock.lock();
        try {
            int ordinal = nextPlace();
            put(ordinal, vector);
            return ordinal;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes a vector at an ordinal that was skipped and that no existing index snapshot maps to an item.
     *
     * @param ordinal ordinal that {@link #skip} left empty
     * @param vector copied
     * @return true if the ordinal was still empty and the vector has the right dimension; otherwise nothing was written
     */
    public boolean fill(int ordinal, float[] vector) {
        lock.lock();
        try {
            if (vector.length != dimension || !empty.get(ordinal)) {
                return false;
            }
            empty.clear(ordinal);
            put(ordinal, vector);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void put(int ordinal, float[] vector) {
        int chunk = chunkOf(ordinal);
        int index = ordinal - startOf(chunk);
        MemorySegment.copy(vector, 0, chunks[chunk], ValueLayout.JAVA_FLOAT_UNALIGNED, offset(index), dimension);
        Coded now = coded;
        if (now != null) {
            now.codes().put(now.chunks()[chunk], index, now.codes().of(vector));
        }
    }

    /**
     * Skips an ordinal and sets its vector to zeros, so that later ordinals stay aligned with the items they belong to.
     * {@link #fill} may write the vector later. Has no effect in a store of dimension 0.
     */
    public void skip() {
        if (dimension == 0) {
            return;
        }
        lock.lock();
        try {
            int ordinal = nextPlace();
            empty.set(ordinal);
            int chunk = chunkOf(ordinal);
            chunks[chunk]
                    .asSlice(offset(ordinal - startOf(chunk)), (long) dimension * Float.BYTES)
                    .fill((byte) 0);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private int nextPlace() {
        if (used == startOf(chunks.length)) {
            int size = sizeOf(chunks.length);
            // Over the budget, memory comes from the heap: garbage collection is slower and the fallback is
            // counted, but no query fails.
            MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
            more[chunks.length] = memory((long) size * dimension * Float.BYTES);
            Coded now = coded;
            if (now != null) {
                coded = now.with(memory(BinaryQuantizer.bytes(dimension, size)));
            }
            chunks = more;
        }
        return used++;
    }

    @GuardedBy("lock")
    private MemorySegment memory(long bytes) {
        Block block = arena.allocateDirty(bytes, OverBudgetPolicy.USE_HEAP);
        blocks.add(block);
        return block.memory();
    }

    /**
     * Quantizes all vectors if there are enough of them and no codes yet, or if their number has grown since the
     * centroid was computed by the factor {@code RECENTER_FACTOR}. Does nothing for a store with a file, whose codes
     * are made with the file.
     */
    public void encode() {
        lock.lock();
        try {
            Coded now = coded;
            boolean enough = now == null
                    ? used >= Math.min(MIN_QUANTIZED, few())
                    : modelCentroid.isEmpty() && used >= RECENTER_FACTOR * now.takenOf();
            if (base > 0 || !enough) {
                return; // the codes of a file are made again with the file
            }
            var codes = new BinaryQuantizer(center(IntStream.range(0, used)));
            var encoded = new MemorySegment[chunks.length];
            for (int chunk = 0; chunk < encoded.length; chunk++) {
                // The old codes stay allocated until the store is closed; they use a thirty-second of the bytes of the
                // vectors.
                encoded[chunk] = memory(BinaryQuantizer.bytes(dimension, sizeOf(chunk)));
                for (int i = 0; i < sizeOf(chunk) && startOf(chunk) + i < used; i++) {
                    codes.put(encoded[chunk], i, codes.of(get(startOf(chunk) + i)));
                }
            }
            coded = new Coded(codes, encoded, used);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the maximum number of filtered items that are all scored exactly, without codes. */
    public int few() {
        return modelCentroid.isPresent() ? MAX_EXACT_WITH_MODEL_CENTROID : MAX_EXACT;
    }

    /**
     * Returns the centroid of the model, if known, otherwise the mean of some vectors of this store.
     *
     * @param ordinals ordinals of those vectors; not consumed if the centroid of the model is known
     * @return a vector that must not be modified
     */
    public float[] center(IntStream ordinals) {
        if (modelCentroid.isPresent()) {
            return modelCentroid.get();
        }
        var centroid = new Centroid(dimension);
        ordinals.forEach(ordinal -> centroid.add(get(ordinal)));
        return centroid.get();
    }

    private long offset(int index) {
        return (long) index * dimension * Float.BYTES;
    }

    private int sizeOf(int chunk) {
        if (base > 0 && chunk == 0) {
            return base;
        }
        int ownChunk = base > 0 ? chunk - 1 : chunk;
        return Math.min(MAX_CHUNK, FIRST_CHUNK << Math.min(ownChunk, 16));
    }

    /** Returns the first ordinal of a chunk. */
    private int startOf(int chunk) {
        if (chunk == 0) {
            return 0;
        }
        int ownChunk = base > 0 ? chunk - 1 : chunk;
        int doubling = Integer.numberOfTrailingZeros(MAX_CHUNK / FIRST_CHUNK);
        return base
                + (ownChunk <= doubling
                        ? FIRST_CHUNK * ((1 << ownChunk) - 1)
                        : FIRST_CHUNK * ((1 << doubling) - 1) + MAX_CHUNK * (ownChunk - doubling));
    }

    private int chunkOf(int ordinal) {
        if (ordinal < base) {
            return 0;
        }
        int ownOrdinal = ordinal - base;
        int doubling = Integer.numberOfTrailingZeros(MAX_CHUNK / FIRST_CHUNK);
        int doubled = FIRST_CHUNK * ((1 << doubling) - 1);
        int chunk = ownOrdinal < doubled
                ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros(ownOrdinal / FIRST_CHUNK + 1)
                : doubling + (ownOrdinal - doubled) / MAX_CHUNK;
        return base > 0 ? chunk + 1 : chunk;
    }

    /**
     * Returns the dot products of a query and some vectors; these are the cosines, since all vectors have unit length.
     * Vectors are copied in batches before the comparison, so that the memory accesses of a batch overlap.
     *
     * @param ordinals ordinals of the vectors
     * @param query query vector of this store's dimension
     * @return one product per ordinal, in the same order
     */
    public float[] dots(int[] ordinals, float[] query) {
        var products = new float[ordinals.length];
        var batch = new float[Math.min(COPY_BATCH, ordinals.length) * dimension];
        for (int from = 0; from < ordinals.length; from += COPY_BATCH) {
            int to = Math.min(ordinals.length, from + COPY_BATCH);
            for (int i = from; i < to; i++) {
                copy(ordinals[i], batch, (i - from) * dimension);
            }
            for (int i = from; i < to; i++) {
                products[i] = DotProduct.BEST.of(query, batch, (i - from) * dimension);
            }
        }
        return products;
    }

    /** Returns a copy of the vector at an ordinal. */
    public float[] get(int ordinal) {
        var vector = new float[dimension];
        copy(ordinal, vector, 0);
        return vector;
    }

    private void copy(int ordinal, float[] to, int at) {
        int chunk = chunkOf(ordinal);
        MemorySegment.copy(
                chunks[chunk], ValueLayout.JAVA_FLOAT_UNALIGNED, offset(ordinal - startOf(chunk)), to, at, dimension);
    }

    /**
     * Creates a search over the codes.
     *
     * @param query query vector of this store's dimension
     * @return the search, or null if there are no codes yet
     */
    @Nullable
    public Search search(float[] query) {
        Coded now = coded;
        return now == null ? null : new Search(now, now.codes().query(query));
    }

    /** Search over the binary quantized codes for one query. Not thread-safe. */
    public final class Search {
        private final Coded codes;
        private final BinaryQuantizer.Query query;
        private final CodeBlock block;

        private Search(Coded codes, BinaryQuantizer.Query query) {
            this.codes = codes;
            this.query = query;
            this.block = new CodeBlock(query);
        }

        /** Returns the block of codes that contains an ordinal. Each call returns the same object with new content. */
        public CodeBlock block(int ordinal) {
            int chunk = chunkOf(ordinal);
            int index = (ordinal - startOf(chunk)) / BinaryQuantizer.BLOCK;
            int first = index * BinaryQuantizer.BLOCK;
            block.look(
                    codes.chunks()[chunk],
                    index,
                    startOf(chunk) + first,
                    Math.min(BinaryQuantizer.BLOCK, sizeOf(chunk) - first));
            return block;
        }

        /**
         * Searches the codes of the file for nearest neighbors through the HNSW graph, if there is one and the search
         * through it is cheaper than a comparison with all codes; see {@link HnswGraphFile#search}.
         *
         * @param filter accepts the ordinals that may be results
         * @param selectivity estimated share of ordinals that the filter accepts, 0 to 1
         * @param k number of results
         * @param found receives the results
         * @return the first ordinal that the caller still has to compare: {@link #base} after a graph search, otherwise
         *     0
         */
        public int nearest(IntPredicate filter, double selectivity, int k, HnswGraphFile.Found found) {
            HnswGraphFile shortcut = graph;
            int visitLimit = Math.max(GRAPH_VISITS_PER_RESULT * k, base / GRAPH_COST_RATIO);
            return shortcut != null && shortcut.search(query.code(), filter, selectivity, k, visitLimit, found)
                    ? base
                    : 0;
        }

        /** Returns the Hamming distance between the query and the code at an ordinal. */
        public int distance(int ordinal) {
            int chunk = chunkOf(ordinal);
            return codes.codes().distance(codes.chunks()[chunk], ordinal - startOf(chunk), query.code());
        }

        /**
         * Returns the asymmetric distance between the query and the code at an ordinal: the sum of the weights of the
         * bits that differ.
         */
        public int weight(int ordinal) {
            int chunk = chunkOf(ordinal);
            return codes.codes().weight(codes.chunks()[chunk], ordinal - startOf(chunk), query);
        }

        /** Returns the maximum Hamming distance. */
        public int mostDistance() {
            return query.mostDistance();
        }

        /** Returns the maximum asymmetric distance. */
        public int mostWeight() {
            return query.mostWeight();
        }
    }

    /** Returns the number of ordinals that are assigned, skipped ones included. */
    public int size() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Releases the memory. The caller ensures that no thread reads or adds vectors during or after this call.
     * Idempotent.
     */
    @Override
    public void close() {
        cleanable.clean();
    }

    /**
     * Returns the bytes that this store holds, in chunks and codes. Excludes the mapped file, whose pages the operating
     * system manages.
     */
    public long bytes() {
        long bytes = 0;
        for (int chunk = base > 0 ? 1 : 0; chunk < chunks.length; chunk++) {
            bytes += chunks[chunk].byteSize();
        }
        Coded now = coded;
        return now == null ? bytes : bytes + bytes / Integer.SIZE;
    }
}
