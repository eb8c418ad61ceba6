package dev.stele.vector;

import java.util.Arrays;

/** The slots of the least distances so far, of equal ones those that came first. For one thread. */
public final class TopCodes {

    private static final int DISTANCE_BITS = 16;
    /** Greater ones count as no greater. */
    private static final int MOST = (1 << DISTANCE_BITS) - 1;

    private final int wanted;
    private final int[] counts;
    /** Of each its distance, its weight and its slot, in one number. */
    private final long[] found;

    private int size;
    private int bound;

    /**
     * @param wanted how many
     * @param most the greatest distance there can be
     */
    public TopCodes(int wanted, int most) {
        this.wanted = wanted;
        this.counts = new int[Math.min(MOST, most) + 1];
        this.found = new long[2 * wanted];
        this.bound = counts.length;
    }

    public int wanted() {
        return wanted;
    }

    /** What a distance must be below to matter. */
    public int bound() {
        return bound;
    }

    /** Takes it that there are enough below some bound. */
    public void expect(int below) {
        bound = Math.min(bound, below);
    }

    /** How many were found, of those that are wanted. */
    public int count() {
        return Math.min(size, wanted);
    }

    /** Forgets all. */
    public void clear() {
        size = 0;
        bound = counts.length;
    }

    /** @param weight something else about it, which {@link #each} tells */
    public void add(int slot, int distance, int weight) {
        found[size++] = (long) Math.min(MOST, distance) << (Long.SIZE - DISTANCE_BITS)
                | (long) Math.min(MOST, weight) << Integer.SIZE
                | slot;
        if (size == found.length) {
            shrink();
        }
    }

    private static int distance(long entry) {
        return (int) (entry >>> (Long.SIZE - DISTANCE_BITS));
    }

    /** Keeps the best. */
    private void shrink() {
        if (size <= wanted) {
            return;
        }
        Arrays.fill(counts, 0);
        for (int i = 0; i < size; i++) {
            counts[distance(found[i])]++;
        }
        int cut = 0;
        int below = 0;
        while (below + counts[cut] < wanted) {
            below += counts[cut++];
        }
        int equal = wanted - below;
        int kept = 0;
        for (int i = 0; i < size; i++) {
            int distance = distance(found[i]);
            if (distance < cut || (distance == cut && equal-- > 0)) {
                found[kept++] = found[i];
            }
        }
        size = kept;
        bound = cut;
    }

    /** What no distance of those that are wanted is above. */
    public int worst() {
        shrink();
        return bound;
    }

    /** A slot and its weight. */
    public interface Use {
        void of(int slot, int weight);
    }

    /** Gives the best, in the order in which they came. */
    public void each(Use use) {
        shrink();
        for (int i = 0; i < size; i++) {
            use.of((int) found[i], (int) (found[i] >>> Integer.SIZE) & MOST);
        }
    }

    /** The slots of the best, rising. */
    public int[] slots() {
        shrink();
        var slots = new int[size];
        for (int i = 0; i < size; i++) {
            slots[i] = (int) found[i];
        }
        Arrays.sort(slots);
        return slots;
    }
}
