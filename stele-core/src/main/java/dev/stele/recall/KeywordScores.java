package dev.stele.recall;

import static dev.stele.index.LiveItems.NONE;

import dev.stele.index.LiveItems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
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
    /** Of a long text so many terms count, the rarest. */
    private static final int MOST_TERMS = 64;
    /** So many items are met at least, if so many hold any term, or follow one that does. */
    static final int ENOUGH = 512;

    private final LiveItems items;
    private final Weight byTurn;
    private final Weight byGroup;

    /** By conversation. */
    private final float[] group;
    /** Of one term; empty between two. */
    private final Counts inGroups;

    private final BitSet passing;
    /** Slots that cover any of the query, or whose speaker is meant. */
    private final long[] met;

    /** Numbers of the speakers whom the query names, and of what it names of which something is noted. */
    private final BitSet named = new BitSet();

    private final Set<String> names = new HashSet<>();

    /** Those that occur anywhere, the rarest first. */
    private final List<Term> terms = new ArrayList<>();

    /** What all of them weigh. */
    private float known;

    private KeywordScores(LiveItems items, BitSet passing) {
        this.items = items;
        this.passing = passing;
        this.byTurn = new Weight(items.averageLength());
        this.byGroup = new Weight(items.averageGroup());
        this.group = new float[items.groupNumbers()];
        this.inGroups = new Counts(items.groupNumbers());
        this.met = bits(items.size());
    }

    /**
     * @param passing the slots in question
     * @param nameOf the terms of a speaker's name
     * @param holders the slots of the items that hold a term, rising, once for each occurrence; not changed
     */
    static KeywordScores of(
            LiveItems items,
            BitSet passing,
            List<String> terms,
            Function<String, List<String>> nameOf,
            Function<String, int[]> holders) {
        var scores = new KeywordScores(items, passing);
        scores.findSpeakers(Set.copyOf(terms), nameOf);
        record Found(String term, int[] slots) {}
        terms.stream()
                .distinct()
                .filter(term -> !scores.names.contains(term))
                .map(term -> new Found(term, holders.apply(term)))
                .filter(found -> found.slots.length > 0)
                .sorted(Comparator.comparingInt(found -> found.slots.length))
                .limit(MOST_TERMS)
                .forEach(found -> scores.add(new Term(found.term, found.slots, items)));
        scores.meet();
        return scores;
    }

    private void add(Term term) {
        terms.add(term);
        known += term.idf;
        addToGroups(term);
    }

    private void findSpeakers(Set<String> terms, Function<String, List<String>> nameOf) {
        for (String speaker : Nameless.named(items.speakers(), terms, nameOf)) {
            named.set(items.speaker(speaker));
            if (items.isVoice(speaker)) {
                names.addAll(nameOf.apply(speaker));
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

    /** A term of the query and the items that hold it. */
    private static final class Term {
        private final String term;
        /** Rising, once for each occurrence. */
        private final int[] slots;

        private final long[] holding;
        private final float idf;

        Term(String term, int[] slots, LiveItems items) {
            this.term = term;
            this.slots = slots;
            this.holding = bits(items.size());
            for (int slot : slots) {
                mark(holding, slot);
            }
            this.idf = idf(items.count(), KeywordScores.count(holding));
        }

        boolean in(int slot) {
            return (holding[slot >>> 6] & 1L << slot) != 0;
        }

        /** How often it occurs in a slot that holds it. */
        int count(int slot) {
            int any = Arrays.binarySearch(slots, slot);
            int first = any;
            while (first > 0 && slots[first - 1] == slot) {
                first--;
            }
            int end = any + 1;
            while (end < slots.length && slots[end] == slot) {
                end++;
            }
            return end - first;
        }
    }

    private void meet() {
        for (Term term : terms) {
            if (passed().cardinality() >= ENOUGH) {
                return;
            }
            for (int slot : term.slots) {
                int at = slot;
                for (int ahead = 0; ahead <= FOLLOWED && at != NONE; ahead++) {
                    mark(met, at);
                    at = items.next(at);
                }
            }
        }
    }

    private static long[] bits(int count) {
        return new long[(count + Long.SIZE - 1) / Long.SIZE];
    }

    /** Without asking whether it is marked, for a processor cannot guess the answer. */
    private static void mark(long[] bits, int index) {
        bits[index >>> 6] |= 1L << index;
    }

    private static int count(long[] bits) {
        int count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        return count;
    }

    /** Adds what a term is worth in the conversations that hold it. */
    private void addToGroups(Term term) {
        for (int slot : term.slots) {
            inGroups.add(items.group(slot));
        }
        int[] holding = inGroups.documents();
        float idf = idf(items.groupCount(), holding.length);
        for (int conversation : holding) {
            group[conversation] += idf * byGroup.of(inGroups.take(conversation), items.groupLength(conversation));
        }
        inGroups.clear();
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

    /**
     * The slots in question that have anything to do with the terms, rising; where rarer terms alone are in enough of them, without
     * those of more frequent ones.
     */
    int[] met() {
        return indexes(passed().toLongArray());
    }

    private BitSet passed() {
        BitSet passed = BitSet.valueOf(met);
        passed.and(passing);
        return passed;
    }

    float turn(int slot) {
        float sum = 0;
        for (Term term : terms) {
            if (term.in(slot)) {
                sum += term.idf * byTurn.of(term.count(slot), items.length(slot));
            }
        }
        return sum;
    }

    /** How much of the query the turn in a slot and those it follows hold: rare terms count more, those that nobody said do not. 0 to 1. */
    float covered(int slot) {
        float sum = 0;
        for (Term term : terms) {
            sum += covers(slot, term) ? term.idf : 0;
        }
        return known == 0 ? 0 : sum / known;
    }

    private boolean covers(int slot, Term term) {
        int at = slot;
        for (int back = 0; back <= FOLLOWED && at != NONE; back++) {
            if (term.in(at)) {
                return true;
            }
            at = items.previous(at);
        }
        return false;
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
        terms.stream().filter(term -> covers(slot, term)).map(term -> term.term).forEach(words::add);
        return words;
    }

    /** Of the bits that are set, rising. */
    private static int[] indexes(long[] words) {
        var indexes = new int[count(words)];
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

        void add(int document) {
            counts[document]++;
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
