package dev.stele.index;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;

/**
 * The items of a picture that are nearest to a query. Among few all are compared in full; among many their codes are, and the
 * best of those in full. Which are best by their codes does not depend on how they are compared: ties go to the lower slot. Where there is a
 * graph over very many codes, nearly all of the best are found, by comparing few. For one thread.
 */
public final class Nearest {

    /** At least so many of the best codes are compared in full, and one more for so many items. */
    private static final int LEAST_DEPTH = 256;

    private static final int ITEMS_FOR_ONE_MORE = 1_500;
    private static final int MOST_DEPTH = 8_192;

    /** Slots whose cosines tell how far apart the others are. */
    private static final int SAMPLED = 64;

    private static final int RUN = 1_024;
    /** Where fewer than one in so many pass, codes are not compared in runs. */
    private static final int SPARSE = 16;

    private final LiveItems items;
    private final float[] query;
    /** For a vector. */
    private final float[] room;
    /** Rising. */
    private final int[] slots;

    private final float[] cosines;
    private final boolean complete;
    /** Of the cosines. */
    private final float lowest;

    /** Those that pass and have a vector that can be compared. */
    private final BitSet among;

    Nearest(LiveItems items, float[] query, BitSet passing) {
        this.items = items;
        this.query = query;
        this.room = new float[query.length];
        this.among = query.length == items.vectors().dimension() ? items.embedded(passing) : new BitSet();
        int count = among.cardinality();
        Vectors.Search search = count > items.vectors().few() ? items.vectors().search(query) : null;
        this.complete = search == null;
        this.slots = search == null ? among.stream().toArray() : best(search, count);
        this.cosines = new float[slots.length];
        float worst = Float.POSITIVE_INFINITY;
        for (int i = 0; i < slots.length; i++) {
            cosines[i] = compare(slots[i]);
            worst = Math.min(worst, cosines[i]);
        }
        this.lowest = worst;
    }

    static int depth(int count) {
        return Math.min(MOST_DEPTH, LEAST_DEPTH + count / ITEMS_FOR_ONE_MORE);
    }

    private int[] best(Vectors.Search search, int count) {
        var best = new Best(depth(count), query.length);
        // What few pass is looked up one by one.
        int aligned = (long) count * SPARSE < items.size() ? 0 : items.state.aligned();
        int looked = aligned == 0
                ? 0
                : search.nearest(
                        place -> place < aligned && among.get(place),
                        (double) count / items.size(),
                        best.depth,
                        best::add);
        var distances = new long[RUN];
        int slot = among.nextSetBit(Math.min(looked, aligned));
        while (slot >= 0 && slot < aligned) {
            Vectors.Run run = search.run(slot, aligned - slot, distances);
            int end = Math.min(run.first() + run.count(), aligned);
            for (int i = slot; i < end; i++) {
                long distance = distances[i - run.first()];
                if (distance < best.worst && among.get(i)) {
                    best.add(i, distance);
                }
            }
            slot = among.nextSetBit(end);
        }
        for (; slot >= 0; slot = among.nextSetBit(slot + 1)) {
            int distance = search.distance(items.place(slot));
            if (distance < best.worst) {
                best.add(slot, distance);
            }
        }
        return best.slots();
    }

    private float compare(int slot) {
        return items.vectors().dot(items.place(slot), query, room);
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

    /** The lowest of their cosines; infinite if there are none. */
    public float lowest() {
        return lowest;
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
        int step = Math.max(1, items.size() / SAMPLED);
        for (int slot = complete ? -1 : among.nextSetBit(0); slot >= 0; slot = among.nextSetBit(slot + step)) {
            if (looked.test(slot)) {
                least = Math.min(least, compare(slot));
            }
        }
        return least;
    }

    /** The cosine of an item that passes; {@link Float#NaN} if it has no vector of the query's dimension. */
    public float of(int slot) {
        float known = known(slot);
        return !Float.isNaN(known) || !among.get(slot) ? known : compare(slot);
    }

    /** The cosine of an item that passes, as far as it is known: that of the last of {@link #slots} if it is none of them. */
    public float about(int slot) {
        float known = known(slot);
        return !Float.isNaN(known) || complete || !among.get(slot) ? known : lowest;
    }

    /** The cosine of an item if it is one of {@link #slots}, else {@link Float#NaN}. */
    private float known(int slot) {
        int index = Arrays.binarySearch(slots, slot);
        return index < 0 ? Float.NaN : cosines[index];
    }

    /** The slots of the lowest distances so far. */
    private static final class Best {
        private final int depth;
        private final int[] counts;
        private final long[] found;
        private int size;
        /** What a distance must be below to matter. */
        private long worst;

        /** @param most the greatest distance there can be */
        Best(int depth, int most) {
            this.depth = depth;
            this.counts = new int[most + 1];
            this.found = new long[2 * depth];
            this.worst = most + 1L;
        }

        void add(int slot, long distance) {
            found[size++] = distance << 32 | slot;
            if (size == found.length) {
                shrink();
            }
        }

        /** Keeps the best, of equal ones those that came first. */
        private void shrink() {
            if (size <= depth) {
                return;
            }
            Arrays.fill(counts, 0);
            for (int i = 0; i < size; i++) {
                counts[(int) (found[i] >>> 32)]++;
            }
            int cut = 0;
            int below = 0;
            while (below + counts[cut] < depth) {
                below += counts[cut++];
            }
            int equal = depth - below;
            int kept = 0;
            for (int i = 0; i < size; i++) {
                long distance = found[i] >>> 32;
                if (distance < cut || (distance == cut && equal-- > 0)) {
                    found[kept++] = found[i];
                }
            }
            size = kept;
            worst = cut;
        }

        int[] slots() {
            shrink();
            var slots = new int[size];
            for (int i = 0; i < size; i++) {
                slots[i] = (int) found[i];
            }
            Arrays.sort(slots);
            return slots;
        }
    }
}
