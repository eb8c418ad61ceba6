package dev.stele.recall;

import dev.stele.index.LiveItems;
import java.util.Arrays;

/**
 * How often the conversations of a picture hold a word: for a word of few items one after the other, for one of many by their numbers. More
 * than {@link Character#MAX_VALUE} times count as so many. Immutable.
 */
final class HoldingGroups {

    /** Rising; none for a word of many. */
    private final int[] groups;
    /** Beside these, or by number. */
    private final char[] times;

    private final int count;

    private HoldingGroups(int[] groups, char[] times, int count) {
        this.groups = groups;
        this.times = times;
        this.count = count;
    }

    /** @param slots that hold the word, once for each occurrence */
    static HoldingGroups ofFew(LiveItems items, int[] slots) {
        int[] each = Arrays.stream(slots).map(items::group).sorted().toArray();
        var groups = new int[each.length];
        var times = new char[each.length];
        int count = 0;
        for (int group : each) {
            if (count == 0 || groups[count - 1] != group) {
                groups[count++] = group;
            }
            increment(times, count - 1);
        }
        return new HoldingGroups(Arrays.copyOf(groups, count), Arrays.copyOf(times, count), count);
    }

    /** @param slots that hold the word, once for each occurrence */
    static HoldingGroups ofMany(LiveItems items, int[] slots) {
        var times = new char[items.groupNumbers()];
        int count = 0;
        for (int slot : slots) {
            int group = items.group(slot);
            count += times[group] == 0 ? 1 : 0;
            increment(times, group);
        }
        return new HoldingGroups(new int[0], times, count);
    }

    private static void increment(char[] times, int at) {
        times[at] = (char) Math.min(Character.MAX_VALUE, times[at] + 1);
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
        for (int i = 0; i < groups.length; i++) {
            use.of(groups[i], times[i]);
        }
    }

    int bytes() {
        return Integer.BYTES * groups.length + Character.BYTES * times.length;
    }
}
