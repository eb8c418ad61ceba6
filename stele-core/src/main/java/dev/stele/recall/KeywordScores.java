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
import java.util.function.IntUnaryOperator;

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
    private final Weight byTurn;
    private final Weight byWindow;
    private final Weight byGroup;
    private final float[] turn;
    private final float[] window;
    private final float[] group;
    /** Slots of which a window or a speaker is met. */
    private final BitSet met;

    /** Numbers of the speakers whom the query names. */
    private final BitSet named = new BitSet();

    private final Set<String> names = new HashSet<>();

    /** For each term that occurs anywhere, the slots that hold it, rising. */
    private final Map<String, int[]> holders = new LinkedHashMap<>();

    private KeywordScores(LiveItems items) {
        this.items = items;
        this.byTurn = new Weight(items.averageLength());
        this.byWindow = new Weight(items.averageWindow());
        this.byGroup = new Weight(items.averageGroup());
        this.turn = new float[items.size()];
        this.window = new float[items.size()];
        this.group = new float[items.groupNumbers()];
        this.met = new BitSet(items.size());
    }

    /**
     * @param nameOf the terms of a speaker's name
     * @param holders the slots of the items that hold a term, rising, once for each occurrence; not changed
     */
    static KeywordScores of(
            LiveItems items,
            List<String> terms,
            Function<String, List<String>> nameOf,
            Function<String, int[]> holders) {
        var scores = new KeywordScores(items);
        scores.findSpeakers(Set.copyOf(terms), nameOf);
        var windows = new Counts(items.size());
        var groups = new Counts(items.groupNumbers());
        for (String term : terms.stream()
                .distinct()
                .filter(term -> !scores.names.contains(term))
                .toList()) {
            scores.add(term, holders.apply(term), windows, groups);
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
        // Terms that name people and say nothing else ask for all that those said.
        if (!names.isEmpty() && names.containsAll(terms)) {
            BitSet live = items.live();
            for (int slot = live.nextSetBit(0); slot >= 0; slot = live.nextSetBit(slot + 1)) {
                if (named(slot)) {
                    met.set(slot);
                }
            }
        }
    }

    private void add(String term, int[] slots, Counts windows, Counts groups) {
        if (slots.length == 0) {
            return;
        }
        float idf = idf(items.count(), distinct(slots));
        for (int i = 0; i < slots.length; ) {
            int slot = slots[i];
            int count = 0;
            for (; i < slots.length && slots[i] == slot; i++) {
                count++;
            }
            turn[slot] += idf * byTurn.of(count, items.length(slot));
            groups.add(items.group(slot), count);
            windows.add(slot, count);
            int before = items.previous(slot);
            if (before != NONE) {
                windows.add(before, count);
            }
            int after = items.next(slot);
            if (after != NONE) {
                windows.add(after, count);
            }
        }
        met.or(add(windows, items.count(), window, byWindow, items::windowLength));
        add(groups, items.groupCount(), group, byGroup, items::groupLength);
        holders.put(term, slots);
    }

    private static int distinct(int[] slots) {
        int distinct = 1;
        for (int i = 1; i < slots.length; i++) {
            distinct += slots[i] == slots[i - 1] ? 0 : 1;
        }
        return distinct;
    }

    /**
     * Adds what a term is worth in the documents that hold it, and forgets its counts.
     *
     * @param all how many documents there are
     * @param lengths of documents
     * @return the documents that hold it
     */
    private static BitSet add(Counts counts, int all, float[] scores, Weight weight, IntUnaryOperator lengths) {
        int[] documents = counts.documents();
        float idf = idf(all, documents.length);
        for (int document : documents) {
            scores[document] += idf * weight.of(counts.take(document), lengths.applyAsInt(document));
        }
        return counts.takeMarks();
    }

    private static float idf(int documents, int holding) {
        return (float) Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
    }

    /** What a number of occurrences in a document of some length is worth, but for the term's rarity. */
    private record Weight(float fixed, float perTerm) {
        Weight(float averageLength) {
            this(K1 * (1 - B), K1 * B / averageLength);
        }

        float of(int count, int length) {
            return count * (K1 + 1) / (count + fixed + perTerm * length);
        }
    }

    /** Those of some slots that have anything to do with the terms, rising. */
    int[] met(BitSet among) {
        var both = (BitSet) met.clone();
        both.and(among);
        return indexes(both.toLongArray());
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

    /** Of the bits that are set, rising. */
    private static int[] indexes(long[] words) {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        var indexes = new int[count];
        int next = 0;
        for (int word = 0; word < words.length; word++) {
            for (long bits = words[word]; bits != 0; bits &= bits - 1) {
                indexes[next++] = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
            }
        }
        return indexes;
    }

    /** How often one term occurs in each document. */
    private static final class Counts {
        private final int[] counts;
        /** A bit for each document that holds it: marked without asking, for a processor cannot guess the answer. */
        private final long[] marks;

        Counts(int documents) {
            this.counts = new int[documents];
            this.marks = new long[(documents + Long.SIZE - 1) / Long.SIZE];
        }

        void add(int document, int count) {
            counts[document] += count;
            marks[document >>> 6] |= 1L << document;
        }

        /** Rising. */
        int[] documents() {
            return indexes(marks);
        }

        /** Forgets how often it occurs in a document. */
        int take(int document) {
            int count = counts[document];
            counts[document] = 0;
            return count;
        }

        /** Forgets which documents hold it. */
        BitSet takeMarks() {
            BitSet taken = BitSet.valueOf(marks);
            Arrays.fill(marks, 0);
            return taken;
        }
    }
}
