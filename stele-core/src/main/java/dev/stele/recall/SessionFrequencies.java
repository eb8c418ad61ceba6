package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import java.util.Arrays;

/**
 * Frequencies of a term by conversation. For a rare term, the conversations are listed once per occurrence; for a
 * frequent term, there is a counter per conversation, which stops at {@link Character#MAX_VALUE}. Immutable.
 */
final class SessionFrequencies {

    /** Conversations of a rare term, one for each occurrence; empty for a frequent term. */
    private final DeltaEncodedInts groups;
    /** Counters of a frequent term, by conversation; empty for a rare term. */
    private final char[] times;

    /** Number of conversations that contain the term. */
    private final int count;

    private SessionFrequencies(DeltaEncodedInts groups, char[] times, int count) {
        this.groups = groups;
        this.times = times;
        this.count = count;
    }

    /**
     * Counts the conversations of a rare term.
     *
     * @param items snapshot
     * @param ordinals ordinals of the items that contain the term, one for each occurrence
     */
    static SessionFrequencies ofFew(IndexSnapshot items, int[] ordinals) {
        int[] conversations = Arrays.stream(ordinals).map(items::group).sorted().toArray();
        int count = 0;
        for (int i = 0; i < conversations.length; i++) {
            count += i == 0 || conversations[i] != conversations[i - 1] ? 1 : 0;
        }
        return new SessionFrequencies(DeltaEncodedInts.of(conversations, conversations.length), new char[0], count);
    }

    /**
     * Counts the conversations of a frequent term.
     *
     * @param items snapshot
     * @param ordinals ordinals of the items that contain the term, one for each occurrence
     */
    static SessionFrequencies ofMany(IndexSnapshot items, int[] ordinals) {
        var times = new char[items.groupNumbers()];
        int count = 0;
        for (int ordinal : ordinals) {
            int group = items.group(ordinal);
            count += times[group] == 0 ? 1 : 0;
            times[group] = (char) Math.min(Character.MAX_VALUE, times[group] + 1);
        }
        return new SessionFrequencies(DeltaEncodedInts.NONE, times, count);
    }

    /** Returns the number of conversations that contain the term. */
    int count() {
        return count;
    }

    /**
     * Returns the frequency of a frequent term in a conversation.
     *
     * @param group identifier of the conversation
     */
    int times(int group) {
        return group < times.length ? times[group] : 0; // a conversation of the archive may have a higher identifier
    }

    /** Consumer of a conversation and the frequency of the term in it. */
    interface Use {
        void of(int group, int times);
    }

    /** Passes each conversation that contains a rare term to a consumer; passes nothing for a frequent term. */
    void each(Use consumer) {
        int[] conversations = groups.toArray();
        for (int start = 0, end; start < conversations.length; start = end) {
            for (end = start + 1; end < conversations.length && conversations[end] == conversations[start]; end++) {}
            consumer.of(conversations[start], end - start);
        }
    }

    /** Returns the size of the arrays, in bytes. */
    int bytes() {
        return groups.bytes() + Character.BYTES * times.length;
    }
}
