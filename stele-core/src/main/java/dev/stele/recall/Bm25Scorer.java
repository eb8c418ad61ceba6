package dev.stele.recall;

import static dev.stele.index.IndexSnapshot.NONE;

import dev.stele.index.IndexSnapshot;
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
final class Bm25Scorer {

    private static final float K1 = 1.2f;
    private static final float B = 0.5f;
    /** So many turns before one say what it is about; {@link #covered} and {@link #words} name both. */
    private static final int FOLLOWED = 2;
    /** Of a long text so many terms count, the rarest. */
    private static final int MAX_TERMS = 64;
    /** So many items are met at least, if no more hits are wanted, and so many hold any term, or follow one that does. */
    private static final int ENOUGH = 512;

    private final IndexSnapshot items;
    private final Weight byTurn;
    private final Weight byGroup;

    /** By conversation: first by rare terms, and by all where that is known. */
    private final float[] group;

    private final long[] groupKnown;

    private final BitSet passing;
    /** Slots that cover any of the query, or whose speaker is meant. */
    private final long[] met;

    /** Numbers of the speakers whom the query names, and of what it names of which something is noted. */
    private final BitSet named = new BitSet();

    private final Set<String> names = new HashSet<>();

    /** Those that occur anywhere, the rarest first. */
    private final Term[] terms;

    /** What all of them weigh. */
    private final float known;

    /**
     * @param passing the slots in question
     * @param wanted how many hits
     * @param nameOf the terms of a speaker's name
     * @param holders where a term occurs
     */
    Bm25Scorer(
            IndexSnapshot items,
            BitSet passing,
            int wanted,
            List<String> asked,
            Function<String, List<String>> nameOf,
            Function<String, Postings> holders) {
        this.items = items;
        this.passing = passing;
        this.byTurn = new Weight(items.averageLength());
        this.byGroup = new Weight(items.averageGroup());
        this.group = new float[items.groupNumbers()];
        this.groupKnown = Bits.none(items.groupNumbers());
        this.met = Bits.none(items.size());
        findSpeakers(Set.copyOf(asked), nameOf);
        record Found(String term, Postings in) {}
        this.terms = asked.stream()
                .distinct()
                .filter(term -> !names.contains(term))
                .map(term -> new Found(term, holders.apply(term)))
                .filter(found -> found.in.count() > 0)
                .sorted(Comparator.comparingInt(found -> found.in.count()))
                .limit(MAX_TERMS)
                .map(found -> new Term(found.term, found.in, items))
                .toArray(Term[]::new);
        float weight = 0;
        for (Term term : terms) {
            weight += term.idf;
            term.in.groups().each((conversation, times) -> addToGroup(term, conversation, times));
        }
        this.known = weight;
        meet(Math.max(ENOUGH, wanted));
    }

    private void addToGroup(Term term, int conversation, int times) {
        group[conversation] += term.groupIdf * byGroup.of(times, items.groupLength(conversation));
    }

    private void findSpeakers(Set<String> terms, Function<String, List<String>> nameOf) {
        for (String speaker : SpeakerNames.named(items.speakers(), terms, nameOf)) {
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
                    Bits.set(met, slot);
                }
            }
        }
    }

    /** A term of the query and the items that hold it. */
    private static final class Term {
        private final String term;
        private final Postings in;
        private final long[] holding;
        private final float idf;
        /** Among conversations. */
        private final float groupIdf;

        Term(String term, Postings in, IndexSnapshot items) {
            this.term = term;
            this.in = in;
            this.holding = in.bits(items.size());
            this.idf = idf(items.count(), in.count());
            this.groupIdf = idf(items.groupCount(), in.groups().count());
        }

        boolean in(int slot) {
            return Bits.get(holding, slot);
        }

        boolean inAny(int a, int b, int c) {
            return Bits.any(holding, a, b, c);
        }
    }

    private void meet(int enough) {
        for (Term term : terms) {
            if (passed().cardinality() >= enough) {
                return;
            }
            term.in.each(slot -> {
                int at = slot;
                for (int ahead = 0; ahead <= FOLLOWED && at != NONE; ahead++) {
                    Bits.set(met, at);
                    at = items.next(at);
                }
            });
        }
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
        return passed().stream().toArray();
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
                sum += term.idf * byTurn.of(term.in.count(slot), items.length(slot));
            }
        }
        return sum;
    }

    /** How much of the query the turn in a slot and those it follows hold: rare terms count more, those that nobody said do not. 0 to 1. */
    float covered(int slot) {
        int before = beforeOrItself(slot);
        int first = beforeOrItself(before);
        float sum = 0;
        for (Term term : terms) {
            sum += term.inAny(slot, before, first) ? term.idf : 0;
        }
        return known == 0 ? 0 : sum / known;
    }

    private int beforeOrItself(int slot) {
        int before = items.previous(slot);
        return before == NONE ? slot : before;
    }

    /** What the conversation of a slot is worth. */
    float session(int slot) {
        int conversation = items.group(slot);
        if (!Bits.get(groupKnown, conversation)) {
            for (Term term : terms) {
                int times = term.in.isFrequent() ? term.in.groups().times(conversation) : 0;
                if (times > 0) {
                    addToGroup(term, conversation, times);
                }
            }
            Bits.set(groupKnown, conversation);
        }
        return group[conversation];
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
        int before = beforeOrItself(slot);
        int first = beforeOrItself(before);
        Arrays.stream(terms)
                .filter(term -> term.inAny(slot, before, first))
                .map(term -> term.term)
                .forEach(words::add);
        return words;
    }
}
