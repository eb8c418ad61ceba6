package dev.stele.recall;

import static dev.stele.index.LiveItems.NONE;

import dev.stele.index.LiveItems;
import dev.stele.index.Moment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Where a word occurs in a picture. To find the slots of many numbers takes longer than to score them, so they are carried from
 * picture to picture. Immutable, if nobody changes its arrays.
 */
final class Occurrences {

    private final Moment moment;
    /** Of items that hold the word, one for each occurrence, beside {@link #slots} and in their order. */
    private final long[] numbers;
    /** Rising. */
    private final int[] slots;

    private Occurrences(LiveItems items, long[] numbers, int[] slots) {
        this.moment = items.moment();
        this.numbers = numbers;
        this.slots = slots;
    }

    /** @param numbers of items that are there or not, one for each occurrence, rising */
    static Occurrences of(LiveItems items, long[] numbers) {
        return new Collected(items, numbers.length).add(numbers).done();
    }

    /**
     * The same word in a picture that was not made before this one.
     *
     * @param items in which nothing that was there got other words
     * @param fresh numbers of items that came since, rising
     */
    Occurrences with(LiveItems items, long[] fresh) {
        var all = new Collected(items, numbers.length + fresh.length);
        if (items.moment().follows(moment)) {
            all.carry(numbers, slots);
        } else {
            long[] rising = numbers.clone();
            Arrays.sort(rising); // where an item had moved, its slot is behind those of later ones
            all.add(rising);
        }
        return all.add(fresh).done();
    }

    /** Whether this is where the word occurs in a picture. */
    boolean in(LiveItems items) {
        return items.moment() == moment;
    }

    /** The latest change of the picture. */
    long change() {
        return moment.change();
    }

    /** Rising, a slot once for each occurrence. Not to be changed. */
    int[] slots() {
        return slots;
    }

    int bytes() {
        return (Long.BYTES + Integer.BYTES) * slots.length;
    }

    /** Occurrences in the making. */
    private static final class Collected {
        private final LiveItems items;
        private final long[] numbers;
        private final int[] slots;
        private int count;
        private boolean rising = true;

        Collected(LiveItems items, int most) {
            this.items = items;
            this.numbers = new long[most];
            this.slots = new int[most];
        }

        /**
         * Adds those whose items are there.
         *
         * @param more rising
         */
        Collected add(long[] more) {
            int from = 0;
            for (long number : more) {
                int slot = items.slotOf(number, from);
                if (slot != NONE) {
                    add(number, slot);
                    from = items.moved(slot) ? from : slot;
                }
            }
            return this;
        }

        /** Adds those of an earlier picture of the same line: what is gone from its slot has gone to another, or for good. */
        void carry(long[] earlier, int[] places) {
            for (int i = 0; i < places.length; i++) {
                int slot = items.isLive(places[i]) ? places[i] : items.slotOf(earlier[i]);
                if (slot != NONE) {
                    add(earlier[i], slot);
                }
            }
        }

        private void add(long number, int slot) {
            rising &= count == 0 || slots[count - 1] <= slot;
            numbers[count] = number;
            slots[count++] = slot;
        }

        Occurrences done() {
            if (!rising) {
                int[] order = IntStream.range(0, count)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> slots[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
                return new Occurrences(
                        items,
                        Arrays.stream(order).mapToLong(i -> numbers[i]).toArray(),
                        Arrays.stream(order).map(i -> slots[i]).toArray());
            }
            return new Occurrences(items, Arrays.copyOf(numbers, count), Arrays.copyOf(slots, count));
        }
    }
}
