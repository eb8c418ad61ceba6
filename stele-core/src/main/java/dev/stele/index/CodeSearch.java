package dev.stele.index;

import dev.stele.vector.BinaryQuantizer;
import dev.stele.vector.CodeBlock;
import dev.stele.vector.TopCodes;
import dev.stele.vector.VectorStore;
import java.util.BitSet;

/**
 * Nearest-neighbor search over the binary quantized vectors of an index snapshot. The search first selects the
 * candidates with the lowest Hamming distance to the query, and then those of them with the lowest weight (asymmetric
 * distance of the differing bits).
 *
 * <p>The result does not depend on the order of comparison, because ties go to the lower ordinal. If there is an HNSW
 * graph over very many vectors, the search goes through the graph: it then compares few vectors and finds nearly all of
 * the nearest. Not thread-safe.
 */
final class CodeSearch {

    /** Minimum number of nearest candidates, by Hamming distance, whose weight is computed. */
    private static final int MIN_WEIGHED = 1_024;

    /** Number of items for each candidate beyond {@link #MIN_WEIGHED}. */
    private static final int ITEMS_PER_EXTRA_CANDIDATE = 750;

    /** Maximum number of candidates whose weight is computed, unless more results are limit. */
    private static final int MAX_WEIGHED = 8_192;
    /**
     * Minimum number of candidates that the HNSW graph is searched for; lower, because its search time grows with the
     * number.
     */
    private static final int MIN_GRAPH_CANDIDATES = 768;

    /** Number of items for each candidate beyond {@link #MIN_GRAPH_CANDIDATES}. */
    private static final int ITEMS_PER_EXTRA_GRAPH_CANDIDATE = 1_500;

    /** If fewer than one item in this many is searched, binary vectors are compared one by one and not in blocks. */
    private static final int SPARSE_DIVISOR = 16;
    /**
     * Minimum interval of the sample: one block in this many is sampled to estimate the distance of the nearest
     * candidates. The interval is larger if more than {@link #MAX_SAMPLED_BLOCKS} blocks would be sampled.
     */
    private static final int MIN_SAMPLE_INTERVAL = 16;

    /** Approximate maximum number of blocks in the sample. */
    private static final int MAX_SAMPLED_BLOCKS = 256;

    /**
     * Factor on the proportional number of candidates in the sample, since chance decides how many candidates the
     * sample has.
     */
    private static final double SAMPLE_OVERSAMPLING = 1.5;

    /** Number of candidates in the sample beyond the proportional number. */
    private static final int EXTRA_SAMPLE_CANDIDATES = 16;

    private final IndexSnapshot items;
    private final VectorStore.Search search;
    /** Ordinals of the items that are searched. */
    private final BitSet among;

    /** The words of {@code among}. */
    private final long[] bits;
    /** Cardinality of {@code among}. */
    private final int count;

    /**
     * @param items index snapshot
     * @param search search in the vectors of the snapshot
     * @param among ordinals of the items to search, each with a vector
     * @param count cardinality of {@code among}
     */
    CodeSearch(IndexSnapshot items, VectorStore.Search search, BitSet among, int count) {
        this.items = items;
        this.search = search;
        this.among = among;
        this.bits = among.toLongArray();
        this.count = count;
    }

    /**
     * Returns the number of candidates whose weight is computed, unless more results are limit.
     *
     * @param count number of items that are searched
     */
    static int weighed(int count) {
        return Math.min(MAX_WEIGHED, MIN_WEIGHED + count / ITEMS_PER_EXTRA_CANDIDATE);
    }

    /**
     * Searches the nearest items.
     *
     * @param limit number of items to find
     * @return ordinals of the nearest items, ascending; fewer than {@code limit} if fewer items are searched
     */
    int[] slots(int limit) {
        var best = new TopCodes(limit, search.mostWeight());
        nearest(limit).each((ordinal, weight) -> best.add(ordinal, weight, 0));
        return best.slots();
    }

    private int byGraph(int limit) {
        return Math.max(limit, MIN_GRAPH_CANDIDATES + count / ITEMS_PER_EXTRA_GRAPH_CANDIDATE);
    }

    private TopCodes nearest(int limit) {
        var best = new TopCodes(Math.max(limit, weighed(count)), search.mostDistance());
        // If only few of the items are searched, their binary vectors are compared one by one.
        int aligned = (long) count * SPARSE_DIVISOR < items.size() ? 0 : items.state.aligned();
        int searchedByGraph = aligned == 0
                ? 0
                : search.nearest(
                        vectorOrdinal -> vectorOrdinal < aligned && among.get(vectorOrdinal),
                        (double) count / items.size(),
                        Math.min(best.capacity(), byGraph(limit)),
                        (vectorOrdinal, distance) -> best.add(vectorOrdinal, distance, search.weight(vectorOrdinal)));
        if (searchedByGraph > 0) {
            scan(Math.min(searchedByGraph, aligned), aligned, 1, best);
        } else {
            scanAll(aligned, best);
        }
        for (int ordinal = among.nextSetBit(aligned); ordinal >= 0; ordinal = among.nextSetBit(ordinal + 1)) {
            int vectorOrdinal = items.place(ordinal);
            int distance = search.distance(vectorOrdinal);
            if (distance < best.bound()) {
                best.add(ordinal, distance, search.weight(vectorOrdinal));
            }
        }
        return best;
    }

    /**
     * Scans all blocks. A sample of the blocks first yields an upper bound of the distance, so that the scan does not
     * collect items of the first blocks that are only the nearest so far.
     */
    private void scanAll(int aligned, TopCodes best) {
        int interval = Math.max(MIN_SAMPLE_INTERVAL, aligned / (MAX_SAMPLED_BLOCKS * BinaryQuantizer.BLOCK));
        var sample = new TopCodes(
                (int) (best.capacity() * SAMPLE_OVERSAMPLING / interval) + EXTRA_SAMPLE_CANDIDATES,
                search.mostDistance());
        scan(0, aligned, interval, sample);
        int bound = sample.worst() + 1;
        best.setThreshold(bound);
        scan(0, aligned, 1, best);
        if (best.count() < best.capacity() && bound <= search.mostDistance()) {
            best.clear(); // the sample was not representative
            scan(0, aligned, 1, best);
        }
    }

    /**
     * Adds the items whose Hamming distance is below the current bound.
     *
     * @param from first ordinal
     * @param to ordinal after the last
     * @param interval interval of the blocks that are scanned; 1 for all
     * @param best collector of the candidates
     */
    private void scan(int from, int to, int interval, TopCodes best) {
        int ordinal = among.nextSetBit(from);
        while (ordinal >= 0 && ordinal < to) {
            CodeBlock block = search.block(ordinal);
            int first = block.first();
            for (long nearby = block.below(best.bound()) & searchedMask(first, to); nearby != 0; nearby &= nearby - 1) {
                int index = Long.numberOfTrailingZeros(nearby);
                best.add(first + index, block.distance(index), block.weight(index));
            }
            ordinal = among.nextSetBit(block.end() + (interval - 1) * BinaryQuantizer.BLOCK);
        }
    }

    /**
     * Returns which ordinals of a block are searched, as a bit mask.
     *
     * @param first first ordinal of the block, for bit 0
     * @param to ordinal after the last one that is searched
     */
    private long searchedMask(int first, int to) {
        int word = first / Long.SIZE;
        long mask = bits[word] >>> first;
        if (first % Long.SIZE > 0 && word + 1 < bits.length) {
            mask |= bits[word + 1] << -first;
        }
        return to - first < Long.SIZE ? mask & ((1L << (to - first)) - 1) : mask;
    }
}
