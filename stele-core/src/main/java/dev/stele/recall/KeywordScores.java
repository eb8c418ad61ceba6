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
 * What the items that hold any of a query's terms are worth by them. BM25 twice, of the turn alone with its speaker and date and of the
 * whole conversation, which tells which of many such turns is meant; and how much of the query the turn covers together with
 * those it follows, since a bare turn often lacks a word that was said just before it. A name of somebody who spoke is no word
 * here: it says who, and not what. That of a thing of which something is noted is one.
 *
 * <p>Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with idf = ln(1 + (N - n + 0.5) / (n
 * + 0.5)). For one thread.
 */
final class KeywordScores {

    private static final float K1 = 1.2f;
    private static final float B = 0.5f;
    /** So many turns before one say what it is about. */
    private static final int FOLLOWED = 2;

    private final LiveItems items;
    private final Weight byTurn;
    private final Weight byGroup;
    private final float[] turn;
    /** By slot, what the terms weigh that the turn or one of those it follows holds. */
    private final float[] covered;

    private final float[] group;
    /** Slots that cover any of the query, or whose speaker is meant. */
    private final long[] met;

    /** Numbers of the speakers whom the query names, and of what it names of which something is noted. */
    private final BitSet named = new BitSet();

    private final Set<String> names = new HashSet<>();

    /** For each term that occurs anywhere, the slots that hold it, rising. */
    private final Map<String, int[]> holders = new LinkedHashMap<>();

    /** What all of them weigh. */
    private float known;

    private KeywordScores(LiveItems items) {
        this.items = items;
        this.byTurn = new Weight(items.averageLength());
        this.byGroup = new Weight(items.averageGroup());
        this.turn = new float[items.size()];
        this.covered = new float[items.size()];
        this.group = new float[items.groupNumbers()];
        this.met = bits(items.size());
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
        long[] covering = bits(items.size());
        var groups = new Counts(items.groupNumbers());
        for (String term : terms.stream()
                .distinct()
                .filter(term -> !scores.names.contains(term))
                .toList()) {
            scores.add(term, holders.apply(term), covering, groups);
        }
        return scores;
    }

    private void findSpeakers(Set<String> terms, Function<String, List<String>> nameOf) {
        for (String speaker : items.speakers()) {
            List<String> name = nameOf.apply(speaker);
            if (!name.isEmpty() && terms.containsAll(name)) {
                named.set(items.speaker(speaker));
                if (items.isVoice(speaker)) {
                    names.addAll(name);
                }
            }
        }
        // Terms that name people and say nothing else ask for all that those said.
        if (!names.isEmpty() && names.containsAll(terms)) {
            BitSet live = items.live();
            for (int slot = live.nextSetBit(0); slot >= 0; slot = live.nextSetBit(slot + 1)) {
                if (named(slot)) {
                    mark(met, slot);
                }
            }
        }
    }

    /** @param covering scratch, all clear before and after */
    private void add(String term, int[] slots, long[] covering, Counts groups) {
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
            int at = slot;
            for (int ahead = 0; ahead <= FOLLOWED && at != NONE; ahead++) {
                mark(covering, at);
                at = items.next(at);
            }
        }
        for (int word = 0; word < covering.length; word++) {
            for (long bits = covering[word]; bits != 0; bits &= bits - 1) {
                covered[word * Long.SIZE + Long.numberOfTrailingZeros(bits)] += idf;
            }
            met[word] |= covering[word];
            covering[word] = 0;
        }
        known += idf;
        addToGroups(groups);
        holders.put(term, slots);
    }

    private static long[] bits(int count) {
        return new long[(count + Long.SIZE - 1) / Long.SIZE];
    }

    /** Without asking whether it is marked, for a processor cannot guess the answer. */
    private static void mark(long[] bits, int index) {
        bits[index >>> 6] |= 1L << index;
    }

    private static int distinct(int[] slots) {
        int distinct = 1;
        for (int i = 1; i < slots.length; i++) {
            distinct += slots[i] == slots[i - 1] ? 0 : 1;
        }
        return distinct;
    }

    /** Adds what a term is worth in the conversations that hold it, and forgets its counts. */
    private void addToGroups(Counts counts) {
        int[] holding = counts.documents();
        float idf = idf(items.groupCount(), holding.length);
        for (int conversation : holding) {
            group[conversation] += idf * byGroup.of(counts.take(conversation), items.groupLength(conversation));
        }
        counts.clear();
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
        BitSet both = BitSet.valueOf(met);
        both.and(among);
        return indexes(both.toLongArray());
    }

    float turn(int slot) {
        return turn[slot];
    }

    /** How much of the query the turn in a slot and those it follows hold: rare terms count more, those that nobody said do not. 0 to 1. */
    float covered(int slot) {
        return known == 0 ? 0 : covered[slot] / known;
    }

    float session(int slot) {
        return group[items.group(slot)];
    }

    /** Whether somebody said it, or it is noted of something, that the query names. */
    boolean named(int slot) {
        return named.get(items.speakerOf(slot));
    }

    /** The terms that the turn in a slot, or one of those it follows, contains. */
    List<String> words(int slot) {
        var words = new ArrayList<String>();
        if (named(slot)) {
            words.addAll(names);
        }
        holders.forEach((term, slots) -> {
            int at = slot;
            for (int back = 0; back <= FOLLOWED && at != NONE; back++) {
                if (Arrays.binarySearch(slots, at) >= 0) {
                    words.add(term);
                    return;
                }
                at = items.previous(at);
            }
        });
        return words;
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

    /** How often one term occurs in each conversation. */
    private static final class Counts {
        private final int[] counts;
        /** A bit for each that holds it. */
        private final long[] marks;

        Counts(int documents) {
            this.counts = new int[documents];
            this.marks = bits(documents);
        }

        void add(int document, int count) {
            counts[document] += count;
            mark(marks, document);
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
        void clear() {
            Arrays.fill(marks, 0);
        }
    }
}
