package dev.stele.recall;

import static dev.stele.index.IndexSnapshot.NONE;
import static dev.stele.index.IndexSnapshot.UNKNOWN;

import dev.stele.index.IndexSnapshot;
import dev.stele.index.SnapshotLineage;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Postings of a term: the items of an index snapshot that contain the term, and how often. Mapping many item numbers to
 * ordinals takes longer than scoring the items, so postings are carried over from snapshot to snapshot. The ordinals of
 * a frequent term are a bit set with one bit per ordinal of the snapshot; those of a rare term are delta-encoded.
 * Immutable, provided that callers do not change the returned bit set.
 */
final class Postings {

    /** Lineage of the snapshot that the ordinals belong to. */
    private final SnapshotLineage lineage;
    /** Set of ordinals of a frequent term; null for a rare term. */
    private final long @Nullable [] bits;
    /** Ordinals of a rare term; empty for a frequent term. */
    private final DeltaEncodedInts sparse;
    /**
     * Ordinals of items that contain the term more than once, in ascending order, one for each occurrence but the
     * first.
     */
    private final int[] repeats;

    /** Number of items that contain the term. */
    private final int count;

    private final SessionFrequencies groups;

    /** @param ordinals ordinals in ascending order, one for each occurrence */
    private Postings(IndexSnapshot items, int[] ordinals) {
        var once = new int[ordinals.length];
        var more = new int[ordinals.length];
        int distinct = 0;
        for (int i = 0; i < ordinals.length; i++) {
            if (i > 0 && ordinals[i] == ordinals[i - 1]) {
                more[i - distinct] = ordinals[i];
            } else {
                once[distinct++] = ordinals[i];
            }
        }
        this.lineage = items.lineage();
        this.count = distinct;
        this.repeats = Arrays.copyOf(more, ordinals.length - distinct);
        // A bit set takes one bit per ordinal of the snapshot, a list takes the bits of one int per item.
        boolean frequent = (long) distinct * Integer.SIZE > items.size();
        this.sparse = frequent ? DeltaEncodedInts.NONE : DeltaEncodedInts.of(once, distinct);
        this.bits = frequent ? Bits.of(items.size(), once, distinct) : null;
        this.groups = frequent ? SessionFrequencies.ofMany(items, ordinals) : SessionFrequencies.ofFew(items, ordinals);
    }

    /**
     * Returns the postings for item numbers.
     *
     * @param items snapshot
     * @param numbers item numbers in ascending order, one for each occurrence; those not in the snapshot are ignored
     */
    static Postings of(IndexSnapshot items, long[] numbers) {
        var ordinals = new IntList(numbers.length);
        add(ordinals, items, numbers);
        return of(items, ordinals.toArray());
    }

    /**
     * Returns the postings for ordinals.
     *
     * @param items snapshot
     * @param ordinals ordinals in any order, one for each occurrence; sorted in place
     */
    static Postings of(IndexSnapshot items, int[] ordinals) {
        Arrays.sort(ordinals); // already ascending, except for items that moved
        return new Postings(items, ordinals);
    }

    /**
     * Adds the ordinals of item numbers to a list.
     *
     * @param numbers item numbers in ascending order; those not in the snapshot are ignored
     */
    private static void add(IntList to, IndexSnapshot items, long[] numbers) {
        int from = 0;
        for (long number : numbers) {
            int ordinal = items.ordinalOf(number, from);
            if (ordinal != NONE) {
                to.add(ordinal);
                from = items.moved(ordinal) ? from : ordinal;
            }
        }
    }

    /**
     * Carries the postings over to another snapshot.
     *
     * @param items snapshot in which no item that this snapshot contains has changed its terms
     * @param fresh returns the numbers of the items that contain the term and were added since, in ascending order;
     *     called only if the ordinals of the existing items can be carried over
     * @return empty if {@code items} does not descend from the snapshot of these postings, or the ordinal of an item is
     *     unknown
     */
    Optional<Postings> with(IndexSnapshot items, Supplier<long[]> fresh) {
        if (!items.lineage().follows(lineage)) {
            return Optional.empty();
        }
        int[] earlier = slots();
        var ordinals = new IntList(earlier.length);
        for (int ordinal : earlier) {
            int carried = items.carried(ordinal);
            if (carried == UNKNOWN) {
                return Optional.empty();
            }
            if (carried != NONE) {
                ordinals.add(carried);
            }
        }
        add(ordinals, items, fresh.get());
        return Optional.of(of(items, ordinals.toArray()));
    }

    /** Returns whether the ordinals belong to a snapshot. */
    boolean in(IndexSnapshot items) {
        return items.lineage() == lineage;
    }

    /** Returns the lineage of the snapshot that the ordinals belong to. */
    SnapshotLineage lineage() {
        return lineage;
    }

    /** Returns the number of items that contain the term. */
    int count() {
        return count;
    }

    /** Returns whether the term is frequent, that is, stored as a bit set. */
    boolean isFrequent() {
        return bits != null;
    }

    /** Returns the frequency of the term by conversation. */
    SessionFrequencies groups() {
        return groups;
    }

    /**
     * Returns the number of occurrences of the term in an item.
     *
     * @param ordinal ordinal of an item that contains the term
     */
    int count(int ordinal) {
        int match = Arrays.binarySearch(repeats, ordinal);
        if (match < 0) {
            return 1;
        }
        int first = match;
        while (first > 0 && repeats[first - 1] == ordinal) {
            first--;
        }
        int end = match + 1;
        while (end < repeats.length && repeats[end] == ordinal) {
            end++;
        }
        return 1 + end - first;
    }

    /**
     * Returns the set of ordinals of the items that contain the term. The caller must not change it.
     *
     * @param size number of ordinals of the snapshot, or of one with more items
     */
    long[] bits(int size) {
        long[] dense = bits;
        if (dense == null) {
            long[] converted = Bits.none(size);
            sparse.each(ordinal -> Bits.set(converted, ordinal));
            return converted;
        }
        int length = Bits.none(size).length;
        return dense.length == length ? dense : Arrays.copyOf(dense, length);
    }

    /** Passes the ordinal of each item that contains the term to a consumer, in ascending order. */
    void each(IntConsumer consumer) {
        long[] dense = bits;
        if (dense != null) {
            Bits.each(dense, consumer);
        } else {
            sparse.each(consumer);
        }
    }

    /** Returns the ordinals in ascending order, one for each occurrence, in a new array. */
    int[] slots() {
        var ordinals = new IntList(count + repeats.length);
        var next = new int[1];
        each(ordinal -> {
            ordinals.add(ordinal);
            for (; next[0] < repeats.length && repeats[next[0]] == ordinal; next[0]++) {
                ordinals.add(ordinal);
            }
        });
        return ordinals.toArray();
    }

    /** Returns the size of the arrays, in bytes. */
    int bytes() {
        return sparse.bytes()
                + Integer.BYTES * repeats.length
                + (bits == null ? 0 : Long.BYTES * bits.length)
                + groups.bytes();
    }
}
