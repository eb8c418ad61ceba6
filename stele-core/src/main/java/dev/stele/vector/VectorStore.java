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
 * Vectors of one agent outside the heap, and the codes by which many are searched: a file that processes share, if there is
 * one, and what came since in memory of the CACHE kind. They are only ever added: a vector has a place, which no other gets,
 * so pictures of different moments share them and readers need no lock; what is put at a place is read by pictures alone that were made
 * after it and say whose it is. Memory is given back by {@link #close}, when it is
 * known that nobody reads, else when nothing refers to the whole any more. Thread-safe.
 */
public final class VectorStore implements AutoCloseable {

    /** The place of an item that has no vector. */
    public static final int NONE = -1;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final int FIRST_CHUNK = 64;
    /** Chunks double up to this many vectors, so that an agent of few items takes little. */
    private static final int MAX_CHUNK = 8_192;
    /** Fewer than these are searched without codes. */
    private static final int MIN_CODED = 4_096;
    /** Among so many that pass a filter all are compared in full. */
    private static final int FEW = 6_000;
    /** The same where the middle of a model's vectors is known, so that codes do not hang on which vectors there were first. */
    private static final int FEW_OF_KNOWN_CENTER = 2_048;

    /** When there are so many times more than when the middle was taken, it is taken anew. */
    private static final int GROWN = 4;

    /** To follow a graph to a code takes as long as to compare so many that stand one after another. */
    private static final int WORTH = 64;
    /** For each that is to be found a graph compares fewer than so many, if all pass. */
    private static final int COMPARED = 24;
    /** So many vectors are copied and then compared, few enough for the nearest of the processor's caches. */
    private static final int TOGETHER = 16;

    private final TypedArena arena;
    private final int dimension;
    /** The middle from which codes are made, if it is that of the model and not of these vectors. */
    private final Optional<float[]> known;

    private final Cleaner.Cleanable giveBack;
    /** Whose vectors are the first chunk. */
    private final @Nullable VectorFile file;
    /** How many those are. */
    private final int base;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<Block> blocks;

    @GuardedBy("lock")
    private int used;

    /** Places that were left empty and that nobody has taken since. */
    @GuardedBy("lock")
    private final BitSet empty = new BitSet();

    /** All chunks so far; replaced, never changed. A place that a reader knows lies in one that it sees. */
    private volatile MemorySegment[] chunks;

    /** Codes of the same chunks, or null while there are few; replaced as a whole. */
    private volatile @Nullable Coded coded;

    /** The graph over the codes of the file, once there is one. */
    private volatile @Nullable HnswGraphFile graph;

    /** Codes with their middle, those of each chunk, and how many vectors there were when the middle was taken. */
    private record Coded(BinaryQuantizer codes, MemorySegment[] chunks, int takenOf) {
        Coded with(MemorySegment chunk) {
            MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
            more[chunks.length] = chunk;
            return new Coded(codes, more, takenOf);
        }
    }

    /**
     * @param dimension of all vectors; 0 for a memory without a model
     * @param center the middle of the model's vectors, if it is known
     */
    public VectorStore(TypedArena arena, int dimension, Optional<float[]> center) {
        this(arena, dimension, center, null, 0, new MemorySegment[0], null, Optional.empty());
    }

    /** Begins with the vectors of a file. */
    public VectorStore(TypedArena arena, VectorFile file, Optional<float[]> center) {
        this(
                arena,
                file.dimension(),
                center.filter(middle -> Arrays.equals(middle, file.center())),
                file,
                file.count(),
                new MemorySegment[] {file.vectors()},
                new Coded(new BinaryQuantizer(file.center()), new MemorySegment[] {file.codes()}, file.count()),
                Optional.empty());
    }

    private VectorStore(
            TypedArena arena,
            int dimension,
            Optional<float[]> known,
            @Nullable VectorFile file,
            int used,
            MemorySegment[] chunks,
            @Nullable Coded coded,
            Optional<VectorStore> origin) {
        this.arena = arena;
        this.dimension = dimension;
        this.known = known;
        this.file = file;
        this.base = file == null ? 0 : file.count();
        this.used = used;
        this.chunks = chunks;
        this.coded = coded;
        this.blocks = new ArrayList<>();
        List<Block> held = blocks;
        // Nobody touches the list any more when this runs. What it holds lives until then: so does whose chunks are
        // used here.
        this.giveBack = CLEANER.register(this, () -> {
            try {
                held.forEach(Block::release);
            } finally {
                Reference.reachabilityFence(origin);
            }
        });
    }

    /** These vectors, and room of its own for more: what is added there is not added here. */
    public VectorStore fork() {
        lock.lock();
        try {
            var forked = new VectorStore(
                    arena, dimension, known, file, startOf(chunks.length), chunks, coded, Optional.of(this));
            forked.graph = graph;
            return forked;
        } finally {
            lock.unlock();
        }
    }

    /** How many of them are those of a file. */
    public int base() {
        return base;
    }

    /** The file they begin with, if there is one. */
    public Optional<VectorFile> file() {
        return Optional.ofNullable(file);
    }

    /** Goes through a graph from now on instead of comparing all codes of the file. */
    public void use(HnswGraphFile ofFile) {
        graph = ofFile;
    }

    public boolean hasGraph() {
        return graph != null;
    }

    public int dimension() {
        return dimension;
    }

    /** Adds a vector and returns its place; {@link #NONE} for one of another dimension. */
    public int add(float[] vector) {
        if (vector.length != dimension) {
            return NONE;
        }
        lock.lock();
        try {
            int place = nextPlace();
            put(place, vector);
            return place;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a vector at a place that was left empty, which no picture so far says to be anybody's.
     *
     * @return whether it was still empty and the vector has the right dimension
     */
    public boolean fill(int place, float[] vector) {
        lock.lock();
        try {
            if (vector.length != dimension || !empty.get(place)) {
                return false;
            }
            empty.clear(place);
            put(place, vector);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void put(int place, float[] vector) {
        int chunk = chunkOf(place);
        int index = place - startOf(chunk);
        MemorySegment.copy(vector, 0, chunks[chunk], ValueLayout.JAVA_FLOAT_UNALIGNED, offset(index), dimension);
        Coded now = coded;
        if (now != null) {
            now.codes().put(now.chunks()[chunk], index, now.codes().of(vector));
        }
    }

    /**
     * Leaves a place empty, so that those of later vectors go on keeping step with what they belong to; {@link #fill} may take it
     * later.
     */
    public void skip() {
        if (dimension == 0) {
            return;
        }
        lock.lock();
        try {
            int place = nextPlace();
            empty.set(place);
            int chunk = chunkOf(place);
            chunks[chunk]
                    .asSlice(offset(place - startOf(chunk)), (long) dimension * Float.BYTES)
                    .fill((byte) 0);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private int nextPlace() {
        if (used == startOf(chunks.length)) {
            int size = sizeOf(chunks.length);
            // Past the budget the heap serves: slower to collect, and counted, but no question fails for it.
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

    /** Makes codes when there are enough vectors and none yet, or many more than when their middle was taken. */
    public void encode() {
        lock.lock();
        try {
            Coded now = coded;
            boolean enough =
                    now == null ? used >= Math.min(MIN_CODED, few()) : known.isEmpty() && used >= GROWN * now.takenOf();
            if (base > 0 || !enough) {
                return; // a file's codes are made anew with the file
            }
            var codes = new BinaryQuantizer(center(IntStream.range(0, used)));
            var made = new MemorySegment[chunks.length];
            for (int chunk = 0; chunk < made.length; chunk++) {
                // The former codes stay until all is given back; they are one in thirty-two bytes of the vectors.
                made[chunk] = memory(BinaryQuantizer.bytes(dimension, sizeOf(chunk)));
                for (int i = 0; i < sizeOf(chunk) && startOf(chunk) + i < used; i++) {
                    codes.put(made[chunk], i, codes.of(get(startOf(chunk) + i)));
                }
            }
            coded = new Coded(codes, made, used);
        } finally {
            lock.unlock();
        }
    }

    /** Among so many that pass a filter all are compared in full. */
    public int few() {
        return known.isPresent() ? FEW_OF_KNOWN_CENTER : FEW;
    }

    /** The middle of the model's vectors, if it is known, else of those at some places. */
    public float[] center(IntStream places) {
        if (known.isPresent()) {
            return known.get();
        }
        var middle = new Centroid(dimension);
        places.forEach(place -> middle.add(get(place)));
        return middle.get();
    }

    private long offset(int index) {
        return (long) index * dimension * Float.BYTES;
    }

    private int sizeOf(int chunk) {
        if (base > 0 && chunk == 0) {
            return base;
        }
        int own = base > 0 ? chunk - 1 : chunk;
        return Math.min(MAX_CHUNK, FIRST_CHUNK << Math.min(own, 16));
    }

    /** The first place of a chunk. */
    private int startOf(int chunk) {
        if (chunk == 0) {
            return 0;
        }
        int own = base > 0 ? chunk - 1 : chunk;
        int doubling = Integer.numberOfTrailingZeros(MAX_CHUNK / FIRST_CHUNK);
        return base
                + (own <= doubling
                        ? FIRST_CHUNK * ((1 << own) - 1)
                        : FIRST_CHUNK * ((1 << doubling) - 1) + MAX_CHUNK * (own - doubling));
    }

    private int chunkOf(int place) {
        if (place < base) {
            return 0;
        }
        int own = place - base;
        int doubling = Integer.numberOfTrailingZeros(MAX_CHUNK / FIRST_CHUNK);
        int doubled = FIRST_CHUNK * ((1 << doubling) - 1);
        int chunk = own < doubled
                ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros(own / FIRST_CHUNK + 1)
                : doubling + (own - doubled) / MAX_CHUNK;
        return base > 0 ? chunk + 1 : chunk;
    }

    /**
     * The inner products of a query with the vectors at some places, in their order: the cosines, all being of unit length. Some vectors are copied before the first of them is
     * compared: copying waits for memory, and then for many of them at once.
     */
    public float[] dots(int[] places, float[] query) {
        var products = new float[places.length];
        var together = new float[Math.min(TOGETHER, places.length) * dimension];
        for (int from = 0; from < places.length; from += TOGETHER) {
            int to = Math.min(places.length, from + TOGETHER);
            for (int i = from; i < to; i++) {
                copy(places[i], together, (i - from) * dimension);
            }
            for (int i = from; i < to; i++) {
                products[i] = DotProduct.BEST.of(query, together, (i - from) * dimension);
            }
        }
        return products;
    }

    /** A copy of the vector at a place. */
    public float[] get(int place) {
        var vector = new float[dimension];
        copy(place, vector, 0);
        return vector;
    }

    private void copy(int place, float[] to, int at) {
        int chunk = chunkOf(place);
        MemorySegment.copy(
                chunks[chunk], ValueLayout.JAVA_FLOAT_UNALIGNED, offset(place - startOf(chunk)), to, at, dimension);
    }

    /** A search by codes for a query of these vectors' dimension, or null if there are none yet. */
    @Nullable
    public Search search(float[] query) {
        Coded now = coded;
        return now == null ? null : new Search(now, now.codes().query(query));
    }

    /** Compares codes with one query's. For one thread. */
    public final class Search {
        private final Coded codes;
        private final BinaryQuantizer.Query query;
        private final CodeBlock block;

        private Search(Coded codes, BinaryQuantizer.Query query) {
            this.codes = codes;
            this.query = query;
            this.block = new CodeBlock(query);
        }

        /** The block of codes that holds a place. It is the same object each time, which then tells of another block. */
        public CodeBlock block(int place) {
            int chunk = chunkOf(place);
            int index = (place - startOf(chunk)) / BinaryQuantizer.BLOCK;
            int first = index * BinaryQuantizer.BLOCK;
            block.look(
                    codes.chunks()[chunk],
                    index,
                    startOf(chunk) + first,
                    Math.min(BinaryQuantizer.BLOCK, sizeOf(chunk) - first));
            return block;
        }

        /**
         * Finds codes of the file that are nearest, by its graph if there is one and that is quicker than to compare all; see {@link
         * HnswGraphFile#search}.
         *
         * @return before which place there is nothing more to look at
         */
        public int nearest(IntPredicate accepts, double share, int wanted, HnswGraphFile.Found found) {
            HnswGraphFile shortcut = graph;
            int compared = Math.max(COMPARED * wanted, base / WORTH);
            return shortcut != null && shortcut.search(query.code(), accepts, share, wanted, compared, found)
                    ? base
                    : 0;
        }

        /** In how many bits the code at one place differs. */
        public int distance(int place) {
            int chunk = chunkOf(place);
            return codes.codes().distance(codes.chunks()[chunk], place - startOf(chunk), query.code());
        }

        /** What those bits weigh. */
        public int weight(int place) {
            int chunk = chunkOf(place);
            return codes.codes().weight(codes.chunks()[chunk], place - startOf(chunk), query);
        }

        /** The greatest distance there can be. */
        public int mostDistance() {
            return query.mostDistance();
        }

        /** The greatest weight. */
        public int mostWeight() {
            return query.mostWeight();
        }
    }

    /** How many places are taken. */
    public int size() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the memory back. Nobody may read or add any more. Idempotent. */
    @Override
    public void close() {
        giveBack.clean();
    }

    /** Bytes held, but for those of the file, which are the system's to keep or to drop. */
    public long bytes() {
        long bytes = 0;
        for (int chunk = base > 0 ? 1 : 0; chunk < chunks.length; chunk++) {
            bytes += chunks[chunk].byteSize();
        }
        Coded now = coded;
        return now == null ? bytes : bytes + bytes / Integer.SIZE;
    }
}
