package dev.stele.index;

import dev.stele.vector.BinaryQuantizer;
import dev.stele.vector.CodeBlock;
import dev.stele.vector.TopCodes;
import dev.stele.vector.VectorStore;
import java.util.BitSet;

/**
 * Finds the items of a picture that by their codes are nearest to a query: of those that differ in the fewest bits the ones whose bits
 * weigh the least. Which those are does not depend on how they are compared: ties go to the lower slot. Where there is a graph over very
 * many codes, nearly all of the best are found, by comparing few. For one thread.
 */
final class CodeSearch {

    /** At least so many of the best codes are weighed, and one more for so many items. */
    private static final int MIN_WEIGHED = 1_024;

    private static final int ITEMS_FOR_ONE_MORE = 750;
    private static final int MAX_WEIGHED = 8_192;
    /** The same where a graph finds them, which takes the longer the more are wanted. */
    private static final int MIN_BY_GRAPH = 768;

    private static final int ITEMS_FOR_ONE_MORE_BY_GRAPH = 1_500;

    /** Where fewer than one in so many pass, codes are not compared in blocks. */
    private static final int SPARSE = 16;
    /** One block in so many tells beforehand about how near the best will be, or so many blocks of very many. */
    private static final int SAMPLED_OF = 16;

    private static final int SAMPLED = 256;
    /** More than their share is expected of the sampled blocks: it is by chance how many of the best are there. */
    private static final double ALLOWANCE = 1.5;

    private static final int ALLOWED = 16;

    private final IndexSnapshot items;
    private final VectorStore.Search search;
    /** Those in question. */
    private final BitSet among;

    private final long[] bits;
    /** How many those are. */
    private final int count;

    CodeSearch(IndexSnapshot items, VectorStore.Search search, BitSet among, int count) {
        this.items = items;
        this.search = search;
        this.among = among;
        this.bits = among.toLongArray();
        this.count = count;
    }

    /** How many of the best codes of so many are weighed, if no more are wanted. */
    static int weighed(int count) {
        return Math.min(MAX_WEIGHED, MIN_WEIGHED + count / ITEMS_FOR_ONE_MORE);
    }

    /** The slots of the best, as many as are wanted if there are so many, rising. */
    int[] slots(int wanted) {
        var best = new TopCodes(wanted, search.mostWeight());
        nearest(wanted).each((slot, weight) -> best.add(slot, weight, 0));
        return best.slots();
    }

    private int byGraph(int wanted) {
        return Math.max(wanted, MIN_BY_GRAPH + count / ITEMS_FOR_ONE_MORE_BY_GRAPH);
    }

    private TopCodes nearest(int wanted) {
        var best = new TopCodes(Math.max(wanted, weighed(count)), search.mostDistance());
        // What few pass is looked up one by one.
        int aligned = (long) count * SPARSE < items.size() ? 0 : items.state.aligned();
        int looked = aligned == 0
                ? 0
                : search.nearest(
                        place -> place < aligned && among.get(place),
                        (double) count / items.size(),
                        Math.min(best.wanted(), byGraph(wanted)),
                        (place, distance) -> best.add(place, distance, search.weight(place)));
        if (looked > 0) {
            scan(Math.min(looked, aligned), aligned, 1, best);
        } else {
            scanAll(aligned, best);
        }
        for (int slot = among.nextSetBit(aligned); slot >= 0; slot = among.nextSetBit(slot + 1)) {
            int place = items.place(slot);
            int distance = search.distance(place);
            if (distance < best.bound()) {
                best.add(slot, distance, search.weight(place));
            }
        }
        return best;
    }

    /** Without trying first those that only the first blocks make seem near. */
    private void scanAll(int aligned, TopCodes best) {
        int every = Math.max(SAMPLED_OF, aligned / (SAMPLED * BinaryQuantizer.BLOCK));
        var sample = new TopCodes((int) (best.wanted() * ALLOWANCE / every) + ALLOWED, search.mostDistance());
        scan(0, aligned, every, sample);
        int bound = sample.worst() + 1;
        best.expect(bound);
        scan(0, aligned, 1, best);
        if (best.count() < best.wanted() && bound <= search.mostDistance()) {
            best.clear(); // the sample was not like the rest
            scan(0, aligned, 1, best);
        }
    }

    /**
     * Adds the codes that are near enough.
     *
     * @param every of so many blocks one is looked at
     */
    private void scan(int from, int to, int every, TopCodes best) {
        int slot = among.nextSetBit(from);
        while (slot >= 0 && slot < to) {
            CodeBlock block = search.block(slot);
            int first = block.first();
            for (long near = block.below(best.bound()) & asked(first, to); near != 0; near &= near - 1) {
                int index = Long.numberOfTrailingZeros(near);
                best.add(first + index, block.distance(index), block.weight(index));
            }
            slot = among.nextSetBit(block.end() + (every - 1) * BinaryQuantizer.BLOCK);
        }
    }

    /** Which of a block's slots are in question and below a bound, a bit for each. */
    private long asked(int first, int to) {
        int word = first / Long.SIZE;
        long asked = bits[word] >>> first;
        if (first % Long.SIZE > 0 && word + 1 < bits.length) {
            asked |= bits[word + 1] << -first;
        }
        return to - first < Long.SIZE ? asked & ((1L << (to - first)) - 1) : asked;
    }
}
