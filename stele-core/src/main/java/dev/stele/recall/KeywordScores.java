package dev.stele.recall;

import static dev.stele.index.LiveItems.NONE;

import dev.stele.index.LiveItems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * BM25 of the items that hold any of a query's terms, three times over different documents: the turn alone with its speaker
 * and date, the turn with the turns beside it, and the whole conversation. A bare turn often lacks the word that the turn
 * before it has; the conversation tells which of many such turns is meant. A name of somebody who spoke is no word here: it
 * says who, and not what.
 *
 * <p>Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with idf = ln(1 + (N - n + 0.5) / (n
 * + 0.5)). For one thread.
 */
final class KeywordScores {

    private static final float K1 = 1.2f;
    private static final float B = 0.5f;

    private final LiveItems items;
    private final float averageLength;
    private final float averageWindow;
    private final float averageGroup;
    private final float[] turn;
    private final float[] window;
    private final float[] group;
    /** Slots of which a window or a speaker is met, each once. */
    private final Slots met = new Slots();

    /** Numbers of the speakers whom the query names. */
    private final BitSet named = new BitSet();

    private final Set<String> names = new HashSet<>();
    /** Whether the terms name people and say nothing else. */
    private boolean onlyNames;

    /** For each term that occurs anywhere, the slots that hold it, rising. */
    private final Map<String, int[]> holders = new LinkedHashMap<>();

    private KeywordScores(LiveItems items) {
        this.items = items;
        this.averageLength = items.averageLength();
        this.averageWindow = items.averageWindow();
        this.averageGroup = items.averageGroup();
        this.turn = new float[items.size()];
        this.window = new float[items.size()];
        this.group = new float[items.groupNumbers()];
    }

    /**
     * @param nameOf the terms of a speaker's name
     * @param numbers of the items that hold a term, rising, once for each occurrence
     */
    static KeywordScores of(
            LiveItems items,
            List<String> terms,
            Function<String, List<String>> nameOf,
            Function<String, long[]> numbers) {
        var scores = new KeywordScores(items);
        scores.findSpeakers(Set.copyOf(terms), nameOf);
        var windows = new Counts(items.size());
        var groups = new Counts(items.groupNumbers());
        for (String term : terms.stream()
                .distinct()
                .filter(term -> !scores.names.contains(term))
                .toList()) {
            scores.add(term, slots(items, numbers.apply(term)), windows, groups);
        }
        return scores;
    }

    private void findSpeakers(Set<String> terms, Function<String, List<String>> nameOf) {
        for (String speaker : items.speakers()) {
            List<String> name = nameOf.apply(speaker);
            if (!name.isEmpty() && terms.containsAll(name)) {
                names.addAll(name);
                named.set(items.speaker(speaker));
            }
        }
        onlyNames = !names.isEmpty() && names.containsAll(terms);
        if (onlyNames) {
            BitSet live = items.live();
            for (int slot = live.nextSetBit(0); slot >= 0; slot = live.nextSetBit(slot + 1)) {
                if (named(slot)) {
                    met.add(slot);
                }
            }
        }
    }

    /** The slots of live items with these numbers, rising, an item as often as its number. */
    private static int[] slots(LiveItems items, long[] numbers) {
        var slots = new int[numbers.length];
        int count = 0;
        int from = 0;
        boolean rising = true;
        for (long number : numbers) {
            int slot = items.slotOf(number, from);
            if (slot != NONE) {
                rising &= count == 0 || slots[count - 1] <= slot;
                slots[count++] = slot;
                from = items.moved(slot) ? from : slot;
            }
        }
        int[] found = Arrays.copyOf(slots, count);
        if (!rising) {
            Arrays.sort(found);
        }
        return found;
    }

    private void add(String term, int[] slots, Counts windows, Counts groups) {
        if (slots.length == 0) {
            return;
        }
        int turns = 0;
        for (int i = 0; i < slots.length; i++) {
            if (i == 0 || slots[i] != slots[i - 1]) {
                turns++;
            }
        }
        float idf = idf(items.count(), turns);
        for (int i = 0; i < slots.length; ) {
            int slot = slots[i];
            int count = 0;
            for (; i < slots.length && slots[i] == slot; i++) {
                count++;
            }
            turn[slot] += idf * weight(count, items.length(slot), averageLength);
            windows.add(slot, count);
            groups.add(items.group(slot), count);
            int before = items.previous(slot);
            if (before != NONE) {
                windows.add(before, count);
            }
            int after = items.next(slot);
            if (after != NONE) {
                windows.add(after, count);
            }
        }
        float windowIdf = idf(items.count(), windows.size());
        for (int i = 0; i < windows.size(); i++) {
            int slot = windows.get(i);
            if (window[slot] == 0 && !(onlyNames && named(slot))) {
                met.add(slot);
            }
            window[slot] += windowIdf * weight(windows.count(slot), items.windowLength(slot), averageWindow);
        }
        float groupIdf = idf(items.groupCount(), groups.size());
        for (int i = 0; i < groups.size(); i++) {
            int document = groups.get(i);
            group[document] += groupIdf * weight(groups.count(document), items.groupLength(document), averageGroup);
        }
        windows.clear();
        groups.clear();
        holders.put(term, slots);
    }

    private static float idf(int documents, int holding) {
        return (float) Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
    }

    private static float weight(int count, int length, float average) {
        return count * (K1 + 1) / (count + K1 * (1 - B + B * length / average));
    }

    /** Slots that have anything to do with the terms, in no order. */
    int[] met() {
        return met.toArray();
    }

    float turn(int slot) {
        return turn[slot];
    }

    float window(int slot) {
        return window[slot];
    }

    float session(int slot) {
        return group[items.group(slot)];
    }

    /** Whether somebody said it whom the query names. */
    boolean named(int slot) {
        return named.get(items.speakerOf(slot));
    }

    /** The terms that the turn in a slot, or one beside it, contains. */
    List<String> words(int slot) {
        var words = new ArrayList<String>();
        if (named(slot)) {
            words.addAll(names);
        }
        holders.forEach((term, slots) -> {
            if (holds(slots, slot) || holds(slots, items.previous(slot)) || holds(slots, items.next(slot))) {
                words.add(term);
            }
        });
        return words;
    }

    private static boolean holds(int[] slots, int slot) {
        return slot != NONE && Arrays.binarySearch(slots, slot) >= 0;
    }

    /** How often one term occurs in each document. */
    private static final class Counts {
        private final int[] counts;
        private final Slots seen = new Slots();

        Counts(int documents) {
            this.counts = new int[documents];
        }

        void add(int document, int count) {
            if (counts[document] == 0) {
                seen.add(document);
            }
            counts[document] += count;
        }

        int size() {
            return seen.size();
        }

        int get(int index) {
            return seen.get(index);
        }

        int count(int document) {
            return counts[document];
        }

        void clear() {
            for (int i = 0; i < seen.size(); i++) {
                counts[seen.get(i)] = 0;
            }
            seen.clear();
        }
    }
}
