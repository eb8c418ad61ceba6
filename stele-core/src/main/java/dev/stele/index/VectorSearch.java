package dev.stele.index;

import dev.stele.vector.VectorStore;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The items of a picture that are nearest to a query. Among few all are compared in full; among many their codes are, and the
 * best of those in full, see {@link CodeSearch}. For one thread.
 */
public final class VectorSearch {

    /** At least so many of the best codes are compared in full, and one more for so many items. */
    private static final int MIN_DEPTH = 192;

    private static final int ITEMS_FOR_ONE_MORE = 4_000;

    /** So many items tell what the cosines of the others are like. */
    private static final int SAMPLED = 64;

    private final IndexSnapshot items;
    private final float[] query;
    /** Rising. */
    private final int[] slots;

    private final float[] cosines;
    /** Those, and what was compared since. */
    private final OrdinalCosines known;

    private final boolean complete;
    /** Some items of all, wherever they rank, if not all are compared. */
    private final int[] sampled;

    private final float[] ofSampled;
    /** What an item has on average. */
    private final float usual;

    /** Those that pass and have a vector that can be compared. */
    private final BitSet among;

    VectorSearch(IndexSnapshot items, float[] query, BitSet passing, int wanted) {
        this.items = items;
        this.query = query;
        this.among = query.length == items.vectors().dimension() ? items.embedded(passing) : new BitSet();
        int count = among.cardinality();
        VectorStore.Search search =
                count > items.vectors().few() ? items.vectors().search(query) : null;
        this.complete = search == null;
        this.slots = search == null
                ? among.stream().toArray()
                : new CodeSearch(items, search, among, count).slots(Math.min(count, Math.max(wanted, depth(count))));
        this.cosines = items.cosines(query, slots);
        this.known = new OrdinalCosines(slots.length);
        for (int i = 0; i < slots.length; i++) {
            known.put(slots[i], cosines[i]);
        }
        this.sampled = complete ? new int[0] : sample();
        this.ofSampled = items.cosines(query, sampled);
        float sum = 0;
        for (float cosine : ofSampled) {
            sum += cosine;
        }
        this.usual = sum / Math.max(1, sampled.length);
    }

    private int[] sample() {
        int step = Math.max(1, items.size() / SAMPLED);
        return IntStream.iterate(among.nextSetBit(0), slot -> slot >= 0, slot -> among.nextSetBit(slot + step))
                .toArray();
    }

    /** How many of so many are compared in full, if no more are wanted. */
    static int depth(int count) {
        return MIN_DEPTH + count / ITEMS_FOR_ONE_MORE;
    }

    /** The slots of which it knew the cosine at once, rising: all that pass, or the best. */
    public int[] slots() {
        return slots.clone();
    }

    /** How many {@link #slots} there are. */
    public int count() {
        return slots.length;
    }

    /** One of {@link #slots}, by its index. */
    public int slot(int index) {
        return slots[index];
    }

    /** The cosine of one of {@link #slots}, by its index. */
    public float cosine(int index) {
        return cosines[index];
    }

    /** What those have on average that pass and are none of them: about, and 0 if there are none. */
    public float usual() {
        return usual;
    }

    /** Whether {@link #slots} are all that pass and have a vector. */
    public boolean complete() {
        return complete;
    }

    /** About the lowest cosine of those of all that pass which are looked at; infinite if there are none. */
    public float least(IntPredicate looked) {
        float least = Float.POSITIVE_INFINITY;
        for (int i = 0; i < slots.length; i++) {
            if (looked.test(slots[i])) {
                least = Math.min(least, cosines[i]);
            }
        }
        for (int i = 0; i < sampled.length; i++) {
            if (looked.test(sampled[i])) {
                least = Math.min(least, ofSampled[i]);
            }
        }
        return least;
    }

    /** Compares items with the query in full, together, so that what is said of them next is known. */
    public void compare(int[] slots) {
        var unknown = new int[slots.length];
        int count = 0;
        for (int slot : slots) {
            unknown[count] = slot;
            count += among.get(slot) && Float.isNaN(known.get(slot)) ? 1 : 0;
        }
        unknown = Arrays.copyOf(unknown, count);
        float[] found = items.cosines(query, unknown);
        for (int i = 0; i < unknown.length; i++) {
            known.put(unknown[i], found[i]);
        }
    }

    /** The cosine of an item that passes; {@link Float#NaN} if it has no vector of the query's dimension. */
    public float of(int slot) {
        float cosine = known.get(slot);
        return !Float.isNaN(cosine) || !among.get(slot) ? cosine : items.cosines(query, new int[] {slot})[0];
    }

    /**
     * The cosine of an item that passes, as far as it is known: the {@link #usual} one if it is none of {@link #slots} and was not {@link
     * #compare}d.
     */
    public float about(int slot) {
        float cosine = known.get(slot);
        return !Float.isNaN(cosine) || complete || !among.get(slot) ? cosine : usual;
    }
}
