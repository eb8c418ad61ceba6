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
import java.util.function.IntToLongFunction;

/**
 * Keyword scorer that scores items by the terms of a query with BM25. Three scores are kept apart:
 *
 * <ul>
 * <li>{@link #turn}: BM25 of the message alone, with its speaker and date;
 * <li>{@link #session}: BM25 of the whole conversation, which tells apart similar messages of different conversations;
 * <li>{@link #covered}: share of the query that the message and the messages just before it contain, because a single
 *     message often lacks a term that was mentioned just before it.
 * </ul>
 *
 * <p>The name of a person who spoke is not a term here: it identifies the speaker, not the content. The name of a
 * subject of notes is a term.
 *
 * <p>Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with idf = ln(1 + (N - n + 0.5) /
 * (n + 0.5)). For one thread.
 */
final class Bm25Scorer {

    /** BM25 parameter of term frequency saturation. */
    private static final float K1 = 1.2f;

    /** BM25 parameter of length normalization of a message, 0 to 1. */
    private static final float TURN_B = 0.75f;

    /** BM25 parameter of length normalization of a conversation, 0 to 1. */
    private static final float SESSION_B = 0.5f;

    /** Approximate number of terms that the speaker's name and the date add to the length of a message. */
    static final int CONTEXT_TERMS = 4;
    /**
     * Number of preceding messages that give the context of a message; {@link #covered} and {@link #words} read exactly
     * two.
     */
    private static final int CONTEXT_MESSAGES = 2;
    /** Maximum number of query terms that count; the rarest ones are kept. */
    private static final int MAX_TERMS = 64;
    /**
     * Minimum number of different statements among the matched items at which the remaining, more frequent terms are no
     * longer read; a query that asks for more hits raises the number. An item matches if it contains a term or closely
     * follows an item that does.
     */
    private static final int MIN_MATCHES = 512;

    private final IndexSnapshot items;
    private final Weight byTurn;
    private final Weight byGroup;

    /**
     * BM25 score by conversation: of rare terms at first, of all terms once the conversation is in {@link
     * #groupComplete}.
     */
    private final float[] group;

    /** Set of conversations whose score includes frequent terms. */
    private final long[] groupComplete;

    /** Ordinals of the items that pass the filter. */
    private final BitSet passing;

    /** Set of ordinals of matched items: those that cover any part of the query, or whose speaker it names. */
    private final long[] matched;

    /** Identifiers of the speakers, and of the subjects of notes, that the query names. */
    private final BitSet namedSpeakers = new BitSet();

    /** Terms of the names of speakers of messages that the query names. */
    private final Set<String> names = new HashSet<>();

    /** Query terms that occur in the memory, the rarest first. */
    private final Term[] terms;

    /** Sum of the inverse document frequencies of {@link #terms}. */
    private final float totalIdf;

    /** Sum of the inverse document frequencies of all query terms, those included that occur nowhere. */
    private final float askedIdf;

    /**
     * Creates a scorer and finds the matched items.
     *
     * @param scope items that are scored
     * @param queryTerms terms of the query
     * @param limit maximum number of hits
     * @param statements statement by ordinal, which repetitions share; 0 for an item that repeats no other
     */
    Bm25Scorer(SearchScope scope, List<String> queryTerms, int limit, IntToLongFunction statements) {
        this.items = scope.items();
        this.passing = scope.passing();
        this.byTurn = Weight.of(items.averageLength(), TURN_B);
        this.byGroup = Weight.of(items.averageGroup(), SESSION_B);
        this.group = new float[items.groupNumbers()];
        this.groupComplete = Bits.none(items.groupNumbers());
        this.matched = Bits.none(items.size());
        findSpeakers(Set.copyOf(queryTerms), scope.nameTerms());
        record Match(String term, Postings in) {}
        List<Match> matches = queryTerms.stream()
                .distinct()
                .filter(term -> !names.contains(term))
                .map(term -> new Match(term, scope.postings().apply(term)))
                .toList();
        this.terms = matches.stream()
                .filter(match -> match.in.count() > 0)
                .sorted(Comparator.comparingInt(match -> match.in.count()))
                .limit(MAX_TERMS)
                .map(match -> new Term(match.term, match.in, items))
                .toArray(Term[]::new);
        float weight = 0;
        for (Term term : terms) {
            weight += term.idf;
            term.in.groups().each((conversation, times) -> addToGroup(term, conversation, times));
        }
        this.totalIdf = weight;
        long absent = matches.stream().filter(match -> match.in.count() == 0).count();
        this.askedIdf = weight + absent * idf(items.count(), 0);
        meet(Math.max(MIN_MATCHES, limit), statements);
    }

    private void addToGroup(Term term, int conversation, int times) {
        group[conversation] += term.groupIdf * byGroup.of(times, items.groupLength(conversation));
    }

    private void findSpeakers(Set<String> terms, Function<String, List<String>> nameOf) {
        for (String speaker : SpeakerNames.named(items.speakers(), terms, nameOf)) {
            namedSpeakers.set(items.speaker(speaker));
            if (items.isMessageSpeaker(speaker)) {
                names.addAll(nameOf.apply(speaker));
            }
        }
        // A query of nothing but names of people asks for everything that these people said.
        if (!names.isEmpty() && names.containsAll(terms)) {
            BitSet live = items.live();
            for (int ordinal = live.nextSetBit(0); ordinal >= 0; ordinal = live.nextSetBit(ordinal + 1)) {
                if (named(ordinal)) {
                    Bits.set(matched, ordinal);
                }
            }
        }
    }

    /** Query term with its postings. */
    private static final class Term {
        private final String term;
        private final Postings in;
        private final long[] holding;
        private final float idf;
        /** Inverse document frequency with conversations as documents. */
        private final float groupIdf;

        Term(String term, Postings in, IndexSnapshot items) {
            this.term = term;
            this.in = in;
            this.holding = in.bits(items.size());
            this.idf = idf(items.count(), in.count());
            this.groupIdf = idf(items.groupCount(), in.groups().count());
        }

        boolean in(int ordinal) {
            return Bits.get(holding, ordinal);
        }

        boolean inAny(int a, int b, int c) {
            return Bits.any(holding, a, b, c);
        }
    }

    /**
     * Matches the items of each term and those that closely follow them, rarest term first, until enough items match.
     *
     * @param minMatches number of different statements among the matched items that pass the filter after which no
     *     further term is read
     */
    private void meet(int minMatches, IntToLongFunction statements) {
        for (Term term : terms) {
            if (hasStatements(passed(), minMatches, statements)) {
                return;
            }
            term.in.each(ordinal -> {
                int follower = ordinal;
                for (int ahead = 0; ahead <= CONTEXT_MESSAGES && follower != NONE; ahead++) {
                    Bits.set(matched, follower);
                    follower = items.next(follower);
                }
            });
        }
    }

    /** Returns whether items make at least {@code count} different statements. */
    private static boolean hasStatements(BitSet items, int count, IntToLongFunction statements) {
        int cardinality = items.cardinality();
        if (cardinality < count) {
            return false;
        }
        var repetitions = new RepetitionCounter(cardinality);
        for (int ordinal = items.nextSetBit(0);
                ordinal >= 0 && repetitions.distinct() < count;
                ordinal = items.nextSetBit(ordinal + 1)) {
            repetitions.add(statements.applyAsLong(ordinal));
        }
        return repetitions.distinct() >= count;
    }

    /**
     * Returns the inverse document frequency of a term.
     *
     * @param documents number of all documents
     * @param holding number of documents that contain the term
     */
    private static float idf(int documents, int holding) {
        return (float) Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
    }

    /** BM25 weight of a number of occurrences in a document of a given length, without the idf. */
    private record Weight(float fixed, float perTerm) {
        static Weight of(float averageLength, float b) {
            return new Weight(K1 * (1 - b), K1 * b / averageLength);
        }

        float of(int count, int length) {
            return count * (K1 + 1) / (count + fixed + perTerm * length);
        }
    }

    /**
     * Returns the ordinals of the matched items that pass the filter, in ascending order. If the rarer terms alone
     * match enough items, those that match only more frequent terms are left out.
     */
    int[] met() {
        return passed().stream().toArray();
    }

    private BitSet passed() {
        BitSet passed = BitSet.valueOf(matched);
        passed.and(passing);
        return passed;
    }

    /**
     * Returns the BM25 score of the item itself.
     *
     * @param ordinal ordinal of the item
     */
    float turn(int ordinal) {
        float sum = 0;
        for (Term term : terms) {
            if (term.in(ordinal)) {
                sum += term.idf * byTurn.of(term.in.count(ordinal), items.length(ordinal));
            }
        }
        return sum;
    }

    /**
     * Returns the share of the query that the item and the two messages before it contain, weighted by idf, so that
     * rare terms count more; terms that occur nowhere do not count.
     *
     * @param ordinal ordinal of the item
     * @return 0 to 1
     */
    float covered(int ordinal) {
        int before = beforeOrItself(ordinal);
        int first = beforeOrItself(before);
        float sum = 0;
        for (Term term : terms) {
            sum += term.inAny(ordinal, before, first) ? term.idf : 0;
        }
        return totalIdf == 0 ? 0 : sum / totalIdf;
    }

    /**
     * Returns the share of the query that the item and the two messages before it contain, as {@link #covered}, but
     * with the terms that occur nowhere: an item cannot answer the part of a question that has them.
     *
     * @param ordinal ordinal of the item
     * @return 0 to 1; 1 if the query consists of names of speakers
     */
    float answered(int ordinal) {
        return askedIdf == 0 ? (names.isEmpty() ? 0 : 1) : covered(ordinal) * totalIdf / askedIdf;
    }

    /**
     * Returns the ordinal of the preceding message of the conversation, or {@code ordinal} if there is none, or if it
     * is a question of the same speaker: what follows does not answer it.
     */
    private int beforeOrItself(int ordinal) {
        int before = items.previous(ordinal);
        return before == NONE || items.isOwnQuestion(before, ordinal) ? ordinal : before;
    }

    /**
     * Returns the BM25 score of the conversation of an item.
     *
     * @param ordinal ordinal of the item
     */
    float session(int ordinal) {
        int conversation = items.group(ordinal);
        if (!Bits.get(groupComplete, conversation)) {
            for (Term term : terms) {
                int times = term.in.isFrequent() ? term.in.groups().times(conversation) : 0;
                if (times > 0) {
                    addToGroup(term, conversation, times);
                }
            }
            Bits.set(groupComplete, conversation);
        }
        return group[conversation];
    }

    /** Returns whether the query names a person who said a message. */
    boolean namesSpeaker() {
        return !names.isEmpty();
    }

    /**
     * Returns whether the query names the speaker of the item, or the subject of which the item notes something.
     *
     * @param ordinal ordinal of the item
     */
    boolean named(int ordinal) {
        return namedSpeakers.get(items.speakerOf(ordinal));
    }

    /**
     * Returns the query terms that the item or one of the two messages before it contains.
     *
     * @param ordinal ordinal of the item
     */
    List<String> words(int ordinal) {
        var words = new ArrayList<String>();
        if (named(ordinal)) {
            words.addAll(names);
        }
        int before = beforeOrItself(ordinal);
        int first = beforeOrItself(before);
        Arrays.stream(terms)
                .filter(term -> term.inAny(ordinal, before, first))
                .map(term -> term.term)
                .forEach(words::add);
        return words;
    }
}
