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
 * Which items of a picture hold a word, and how often. To find the slots of many numbers takes longer than to score them, so they are
 * carried from picture to picture. A word of many items takes a bit a slot, whatever their number. Immutable, if nobody changes its
 * arrays.
 */
final class Postings {

    private final SnapshotLineage moment;
    /** Of slots that hold the word, if those are many. */
    private final long @Nullable [] bits;
    /** Those slots if they are few. */
    private final DeltaEncodedInts few;
    /** Slots that hold it more than once, rising: one for each time but the first. */
    private final int[] again;

    private final int count;
    private final SessionFrequencies groups;

    /** @param slots rising, once for each occurrence */
    private Postings(IndexSnapshot items, int[] slots) {
        var once = new int[slots.length];
        var more = new int[slots.length];
        int distinct = 0;
        for (int i = 0; i < slots.length; i++) {
            if (i > 0 && slots[i] == slots[i - 1]) {
                more[i - distinct] = slots[i];
            } else {
                once[distinct++] = slots[i];
            }
        }
        this.moment = items.moment();
        this.count = distinct;
        this.again = Arrays.copyOf(more, slots.length - distinct);
        // A slot takes as many bits as a number has.
        boolean many = (long) distinct * Integer.SIZE > items.size();
        this.few = many ? DeltaEncodedInts.NONE : DeltaEncodedInts.of(once, distinct);
        this.bits = many ? Bits.of(items.size(), once, distinct) : null;
        this.groups = many ? SessionFrequencies.ofMany(items, slots) : SessionFrequencies.ofFew(items, slots);
    }

    /** @param numbers of items that are there or not, one for each occurrence, rising */
    static Postings of(IndexSnapshot items, long[] numbers) {
        var slots = new IntList(numbers.length);
        add(slots, items, numbers);
        return of(items, slots.toArray());
    }

    /** @param slots in any order, once for each occurrence; sorted by this */
    static Postings of(IndexSnapshot items, int[] slots) {
        Arrays.sort(slots); // they rise already, but for those of items that moved
        return new Postings(items, slots);
    }

    private static void add(IntList to, IndexSnapshot items, long[] numbers) {
        int from = 0;
        for (long number : numbers) {
            int slot = items.slotOf(number, from);
            if (slot != NONE) {
                to.add(slot);
                from = items.moved(slot) ? from : slot;
            }
        }
    }

    /**
     * The same word in a picture that was not made before this one.
     *
     * @param items in which nothing that was there got other words
     * @param fresh numbers of items that came since, rising; asked only if the others can be told
     * @return empty if it cannot be told from these
     */
    Optional<Postings> with(IndexSnapshot items, Supplier<long[]> fresh) {
        if (!items.moment().follows(moment)) {
            return Optional.empty();
        }
        int[] earlier = slots();
        var slots = new IntList(earlier.length);
        for (int slot : earlier) {
            int now = items.carried(slot);
            if (now == UNKNOWN) {
                return Optional.empty();
            }
            if (now != NONE) {
                slots.add(now);
            }
        }
        add(slots, items, fresh.get());
        return Optional.of(of(items, slots.toArray()));
    }

    /** Whether this is where the word occurs in a picture. */
    boolean in(IndexSnapshot items) {
        return items.moment() == moment;
    }

    /** The picture. */
    SnapshotLineage moment() {
        return moment;
    }

    /** How many items hold the word. */
    int count() {
        return count;
    }

    /** Whether many items hold it. */
    boolean isFrequent() {
        return bits != null;
    }

    /** The conversations that do. */
    SessionFrequencies groups() {
        return groups;
    }

    /** How often the item in a slot holds it, if it does. */
    int count(int slot) {
        int any = Arrays.binarySearch(again, slot);
        if (any < 0) {
            return 1;
        }
        int first = any;
        while (first > 0 && again[first - 1] == slot) {
            first--;
        }
        int end = any + 1;
        while (end < again.length && again[end] == slot) {
            end++;
        }
        return 1 + end - first;
    }

    /**
     * A bit for each slot that holds it. Not to be changed.
     *
     * @param size of the picture, or of one with more items
     */
    long[] bits(int size) {
        long[] known = bits;
        if (known == null) {
            long[] made = Bits.none(size);
            few.each(slot -> Bits.set(made, slot));
            return made;
        }
        int length = Bits.none(size).length;
        return known.length == length ? known : Arrays.copyOf(known, length);
    }

    /** Gives each slot that holds it, rising. */
    void each(IntConsumer use) {
        long[] many = bits;
        if (many != null) {
            Bits.each(many, use);
        } else {
            few.each(use);
        }
    }

    /** The slots that hold it, rising, once for each occurrence. The caller's own. */
    int[] slots() {
        var slots = new IntList(count + again.length);
        var next = new int[1];
        each(slot -> {
            slots.add(slot);
            for (; next[0] < again.length && again[next[0]] == slot; next[0]++) {
                slots.add(slot);
            }
        });
        return slots.toArray();
    }

    int bytes() {
        return few.bytes()
                + Integer.BYTES * again.length
                + (bits == null ? 0 : Long.BYTES * bits.length)
                + groups.bytes();
    }
}
