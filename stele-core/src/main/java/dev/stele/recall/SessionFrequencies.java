package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import java.util.Arrays;

/**
 * How often the conversations of a picture hold a word: for a word of few items one after the other, for one of many by their numbers, where
 * more than {@link Character#MAX_VALUE} times count as so many. Immutable.
 */
final class SessionFrequencies {

    /** One for each time; none for a word of many. */
    private final DeltaEncodedInts groups;
    /** By number; none for a word of few. */
    private final char[] times;

    private final int count;

    private SessionFrequencies(DeltaEncodedInts groups, char[] times, int count) {
        this.groups = groups;
        this.times = times;
        this.count = count;
    }

    /** @param slots that hold the word, once for each occurrence */
    static SessionFrequencies ofFew(IndexSnapshot items, int[] slots) {
        int[] each = Arrays.stream(slots).map(items::group).sorted().toArray();
        int count = 0;
        for (int i = 0; i < each.length; i++) {
            count += i == 0 || each[i] != each[i - 1] ? 1 : 0;
        }
        return new SessionFrequencies(DeltaEncodedInts.of(each, each.length), new char[0], count);
    }

    /** @param slots that hold the word, once for each occurrence */
    static SessionFrequencies ofMany(IndexSnapshot items, int[] slots) {
        var times = new char[items.groupNumbers()];
        int count = 0;
        for (int slot : slots) {
            int group = items.group(slot);
            count += times[group] == 0 ? 1 : 0;
            times[group] = (char) Math.min(Character.MAX_VALUE, times[group] + 1);
        }
        return new SessionFrequencies(DeltaEncodedInts.NONE, times, count);
    }

    /** How many there are. */
    int count() {
        return count;
    }

    /** How often a conversation holds a word of many. */
    int times(int group) {
        return group < times.length ? times[group] : 0; // one that came with the archive may be beyond
    }

    /** A conversation and how often it holds a word. */
    interface Use {
        void of(int group, int times);
    }

    /** Gives each that holds a word of few; none for a word of many. */
    void each(Use use) {
        int[] each = groups.toArray();
        for (int from = 0, to; from < each.length; from = to) {
            for (to = from + 1; to < each.length && each[to] == each[from]; to++) {}
            use.of(each[from], to - from);
        }
    }

    int bytes() {
        return groups.bytes() + Character.BYTES * times.length;
    }
}
