package dev.stele.vector;

import java.util.Arrays;

/**
 * Bounded collector of the {@code k} codes with the least Hamming distance. Among codes of equal distance, those added
 * first are kept. Entries are appended to a buffer of twice {@code k}; when the buffer is full, a counting pass over
 * the distances cuts it to {@code k}. Not thread-safe.
 */
public final class TopCodes {

    private static final int DISTANCE_BITS = 16;
    /** Maximum distance and weight that are stored; greater values are clamped to this one. */
    private static final int MAX_STORED = (1 << DISTANCE_BITS) - 1;

    private final int k;
    private final int[] counts;
    /** Entries packed into a long: distance in the upper 16 bits, weight in the next 16, ordinal in the lower 32. */
    private final long[] entries;

    private int size;
    private int bound;

    /**
     * Creates an empty collector.
     *
     * @param k maximum number of codes that are kept, at least 1
     * @param maxDistance greatest distance that can occur
     */
    public TopCodes(int k, int maxDistance) {
        this.k = k;
        this.counts = new int[Math.min(MAX_STORED, maxDistance) + 1];
        this.entries = new long[2 * k];
        this.bound = counts.length;
    }

    /** Returns the maximum number of codes that are kept. */
    public int capacity() {
        return k;
    }

    /**
     * Returns the exclusive upper bound of distances that can still enter the result. Callers may skip codes at or
     * above this bound.
     */
    public int bound() {
        return bound;
    }

    /**
     * Lowers the bound because the caller expects enough codes below another one, for example from a sample.
     *
     * @param below exclusive upper bound of distances; ignored if the present bound is lower
     */
    public void setThreshold(int below) {
        bound = Math.min(bound, below);
    }

    /** Returns the number of codes in the result, at most {@code k}. */
    public int count() {
        return Math.min(size, k);
    }

    /** Removes all codes and resets the bound. */
    public void clear() {
        size = 0;
        bound = counts.length;
    }

    /**
     * Adds a code.
     *
     * @param ordinal ordinal of the code, not negative
     * @param distance Hamming distance
     * @param weight asymmetric distance, which {@link #each} passes on; not used for the selection
     */
    public void add(int ordinal, int distance, int weight) {
        entries[size++] = (long) Math.min(MAX_STORED, distance) << (Long.SIZE - DISTANCE_BITS)
                | (long) Math.min(MAX_STORED, weight) << Integer.SIZE
                | ordinal;
        if (size == entries.length) {
            shrink();
        }
    }

    private static int distance(long entry) {
        return (int) (entry >>> (Long.SIZE - DISTANCE_BITS));
    }

    /** Cuts the entries to the {@code k} of least distance, and the bound to the greatest distance among them. */
    private void shrink() {
        if (size <= k) {
            return;
        }
        Arrays.fill(counts, 0);
        for (int i = 0; i < size; i++) {
            counts[distance(entries[i])]++;
        }
        int cut = 0;
        int below = 0;
        while (below + counts[cut] < k) {
            below += counts[cut++];
        }
        int equal = k - below;
        int retained = 0;
        for (int i = 0; i < size; i++) {
            int distance = distance(entries[i]);
            if (distance < cut || (distance == cut && equal-- > 0)) {
                entries[retained++] = entries[i];
            }
        }
        size = retained;
        bound = cut;
    }

    /** Returns a value that no distance in the result exceeds. */
    public int worst() {
        shrink();
        return bound;
    }

    /** Consumer of an ordinal and its weight. */
    public interface Use {
        void of(int ordinal, int weight);
    }

    /** Passes the codes of the result to a consumer, in the order of their addition. */
    public void each(Use use) {
        shrink();
        for (int i = 0; i < size; i++) {
            use.of((int) entries[i], (int) (entries[i] >>> Integer.SIZE) & MAX_STORED);
        }
    }

    /** Returns the ordinals of the result, ascending. */
    public int[] slots() {
        shrink();
        var ordinals = new int[size];
        for (int i = 0; i < size; i++) {
            ordinals[i] = (int) entries[i];
        }
        Arrays.sort(ordinals);
        return ordinals;
    }
}
