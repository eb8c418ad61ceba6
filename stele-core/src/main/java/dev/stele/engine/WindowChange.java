package dev.stele.engine;

import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Difference between the present window of a session and the requested one: a longest common subsequence is kept.
 * Immutable.
 *
 * @param ids ids of the present window, by which another writer's change is noticed
 * @param seen messages of the present window
 * @param slots messages of the requested window, in order; null for those that are added
 * @param added drafts of the added messages, in order
 */
record WindowChange(List<String> ids, List<Message> seen, List<@Nullable Message> slots, List<MessageDraft> added) {

    static WindowChange of(List<String> ids, List<Message> seen, List<MessageDraft> drafts) {
        int start = 0; // a common start and the rest apart: a window that only grows takes linear time
        while (start < seen.size() && start < drafts.size() && seen.get(start).matches(drafts.get(start))) {
            start++;
        }
        List<Message> oldRest = seen.subList(start, seen.size());
        List<MessageDraft> newRest = drafts.subList(start, drafts.size());
        int[][] common = commonLengths(oldRest, newRest);
        List<@Nullable Message> slots = new ArrayList<>(seen.subList(0, start));
        var added = new ArrayList<MessageDraft>();
        int old = 0;
        for (int i = 0; i < newRest.size(); i++) {
            while (old < oldRest.size() && common[old + 1][i] == common[old][i] && common[old][i] > 0) {
                old++; // the subsequence does without this message
            }
            boolean kept = old < oldRest.size() && common[old][i] > common[old][i + 1];
            if (kept) {
                slots.add(oldRest.get(old++));
            } else {
                slots.add(null);
                added.add(newRest.get(i));
            }
        }
        return new WindowChange(ids, seen, slots, List.copyOf(added));
    }

    /** Returns for each start in both lists the length of a longest common subsequence of the rests. */
    private static int[][] commonLengths(List<Message> old, List<MessageDraft> drafts) {
        var lengths = new int[old.size() + 1][drafts.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = drafts.size() - 1; j >= 0; j--) {
                lengths[i][j] = old.get(i).matches(drafts.get(j))
                        ? lengths[i + 1][j + 1] + 1
                        : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
            }
        }
        return lengths;
    }

    /** Returns whether every message of the present window is kept. */
    boolean keepsAll() {
        return removed(slots.stream().filter(Objects::nonNull).toList()).isEmpty();
    }

    /**
     * Returns the messages that leave the window.
     *
     * @param window messages of the requested window as they are stored. An added message may be one that exists, even
     *     one of the present window at another place
     */
    List<Message> removed(List<Message> window) {
        Set<String> stay = window.stream().map(Message::id).collect(Collectors.toSet());
        return seen.stream().filter(message -> !stay.contains(message.id())).toList();
    }

    /**
     * Returns the messages of the requested window.
     *
     * @param stored the added messages as they are stored, in order
     */
    List<Message> merge(List<Message> stored) {
        Iterator<Message> next = stored.iterator();
        var window = new ArrayList<Message>(slots.size());
        for (@Nullable Message slot : slots) {
            window.add(slot == null ? next.next() : slot);
        }
        return List.copyOf(window);
    }
}
