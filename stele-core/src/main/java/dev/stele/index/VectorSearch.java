package dev.stele.index;

import dev.stele.vector.VectorStore;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Nearest-neighbor search over the vectors of an index snapshot, and its result. Among few items the search computes
 * the exact cosine of all; among many it preselects by binary quantized vectors and computes the exact cosines of the
 * nearest only, see {@link CodeSearch}. Not thread-safe.
 */
public final class VectorSearch {

    /** Minimum number of nearest items, by binary quantized vectors, whose exact cosine is computed. */
    private static final int MIN_DEPTH = 192;

    /** Number of items for each exact cosine beyond {@link #MIN_DEPTH}. */
    private static final int ITEMS_PER_EXTRA_CANDIDATE = 4_000;

    /**
     * Approximate maximum number of sampled items, from which the cosines of the items that are not compared are
     * estimated.
     */
    private static final int MAX_SAMPLE_SIZE = 64;

    private final IndexSnapshot items;
    private final float[] query;
    /** Ordinals of the items with an exact cosine from the start, ascending. */
    private final int[] ordinals;

    /** Exact cosines of {@code ordinals}. */
    private final float[] cosines;
    /** Exact cosines of {@code ordinals} and of the items that were compared since. */
    private final OrdinalCosines exactCosines;

    /** Whether the exact cosines of all searched items were computed. */
    private final boolean complete;
    /** Ordinals of a sample of the searched items, independent of their rank; empty if {@code complete}. */
    private final int[] sample;

    /** Exact cosines of {@code sample}. */
    private final float[] sampleCosines;
    /** Mean cosine of the sample. */
    private final float meanCosine;

    /** Ordinals of the searched items: those that pass the filter and have a vector of the dimension of the query. */
    private final BitSet among;

    /**
     * Searches the items nearest to a query.
     *
     * @param items index snapshot
     * @param query vector of unit length; if its dimension differs from that of the snapshot, nothing is found
     * @param passing ordinals of the items that pass the filter
     * @param minResults minimum number of items to find, if enough items pass and have a vector
     */
    VectorSearch(IndexSnapshot items, float[] query, BitSet passing, int minResults) {
        this.items = items;
        this.query = query;
        this.among = query.length == items.vectors().dimension() ? items.embedded(passing) : new BitSet();
        int count = among.cardinality();
        VectorStore.Search search =
                count > items.vectors().few() ? items.vectors().search(query) : null;
        this.complete = search == null;
        this.ordinals = search == null
                ? among.stream().toArray()
                : new CodeSearch(items, search, among, count)
                        .slots(Math.min(count, Math.max(minResults, depth(count))));
        this.cosines = items.cosines(query, ordinals);
        this.exactCosines = new OrdinalCosines(ordinals.length);
        for (int i = 0; i < ordinals.length; i++) {
            exactCosines.put(ordinals[i], cosines[i]);
        }
        this.sample = complete ? new int[0] : sample();
        this.sampleCosines = items.cosines(query, sample);
        float sum = 0;
        for (float cosine : sampleCosines) {
            sum += cosine;
        }
        this.meanCosine = sum / Math.max(1, sample.length);
    }

    private int[] sample() {
        int step = Math.max(1, items.size() / MAX_SAMPLE_SIZE);
        return IntStream.iterate(
                        among.nextSetBit(0), ordinal -> ordinal >= 0, ordinal -> among.nextSetBit(ordinal + step))
                .toArray();
    }

    /**
     * Returns the number of items whose exact cosine is computed, unless more results are wanted.
     *
     * @param count number of searched items
     */
    static int depth(int count) {
        return MIN_DEPTH + count / ITEMS_PER_EXTRA_CANDIDATE;
    }

    /**
     * Returns the ordinals with an exact cosine from the start, ascending: of all searched items or of the nearest, as
     * a copy.
     */
    public int[] slots() {
        return ordinals.clone();
    }

    /** Returns the number of {@link #slots}. */
    public int count() {
        return ordinals.length;
    }

    /**
     * Returns one of {@link #slots}.
     *
     * @param index index in {@link #slots}, from 0 to {@link #count} - 1
     */
    public int slot(int index) {
        return ordinals[index];
    }

    /**
     * Returns the exact cosine of one of {@link #slots}.
     *
     * @param index index in {@link #slots}, from 0 to {@link #count} - 1
     */
    public float cosine(int index) {
        return cosines[index];
    }

    /** Returns the estimated mean cosine of the filtered items outside {@link #slots}; 0 if there are none. */
    public float meanCosine() {
        return meanCosine;
    }

    /** Returns whether {@link #slots} are all items that pass the filter and have a vector. */
    public boolean complete() {
        return complete;
    }

    /**
     * Returns the estimated lowest cosine of those filtered items that a predicate selects.
     *
     * @param selected predicate on ordinals
     * @return lowest cosine of the selected items among {@link #slots} and the sample; positive infinity if none is
     *     selected
     */
    public float minCosine(IntPredicate selected) {
        float lowest = Float.POSITIVE_INFINITY;
        for (int i = 0; i < ordinals.length; i++) {
            if (selected.test(ordinals[i])) {
                lowest = Math.min(lowest, cosines[i]);
            }
        }
        for (int i = 0; i < sample.length; i++) {
            if (selected.test(sample[i])) {
                lowest = Math.min(lowest, sampleCosines[i]);
            }
        }
        return lowest;
    }

    /**
     * Computes the exact cosines of items in one batch, so that {@link #exactCosine} and {@link #approximateCosine}
     * return them afterwards.
     *
     * @param ordinals ordinals of the items
     */
    public void scoreExactly(int[] ordinals) {
        var missing = new int[ordinals.length];
        int count = 0;
        for (int ordinal : ordinals) {
            missing[count] = ordinal;
            count += among.get(ordinal) && Float.isNaN(exactCosines.get(ordinal)) ? 1 : 0;
        }
        missing = Arrays.copyOf(missing, count);
        float[] computed = items.cosines(query, missing);
        for (int i = 0; i < missing.length; i++) {
            exactCosines.put(missing[i], computed[i]);
        }
    }

    /**
     * Returns the exact cosine of an item, and computes the cosine if necessary.
     *
     * @param ordinal ordinal of an item that passes the filter
     * @return cosine; {@link Float#NaN} if the item has no vector of the dimension of the query
     */
    public float exactCosine(int ordinal) {
        float cosine = exactCosines.get(ordinal);
        return !Float.isNaN(cosine) || !among.get(ordinal) ? cosine : items.cosines(query, new int[] {ordinal})[0];
    }

    /**
     * Returns the cosine of an item without computing it: the exact cosine if the item is one of {@link #slots} or was
     * passed to {@link #scoreExactly}, else the {@link #meanCosine} cosine.
     *
     * @param ordinal ordinal of an item that passes the filter
     * @return exact or estimated cosine; {@link Float#NaN} if the item has no vector of the dimension of the query
     */
    public float approximateCosine(int ordinal) {
        float cosine = exactCosines.get(ordinal);
        return !Float.isNaN(cosine) || complete || !among.get(ordinal) ? cosine : meanCosine;
    }
}
