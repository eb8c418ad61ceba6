package dev.stele.recall;

import dev.stele.concurrent.WorkBudget;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.VectorSearch;
import dev.stele.recall.Fusion.Scale;
import dev.stele.recall.Fusion.Signal;
import dev.stele.store.GraphScope;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Candidates of a query: the items whose features are computed, because most items share nothing with the query, and
 * the searches that found them. Candidates are
 *
 * <ul>
 * <li>items that contain a term of the query, or follow closely on a message that does; if there are very many, those
 *     with the best keyword scores;
 * <li>items whose vector is near the query;
 * <li>items that the knowledge graph activates.
 * </ul>
 *
 * <p>In graph mode, only activated items are candidates.
 *
 * @param scope items that were searched
 * @param ordinals ordinals of the candidates, in an order that does not depend on how the index snapshot was built
 * @param keywords keyword scores of the query
 * @param weights weights of the features
 * @param keywordScales normalization of the keyword features; empty in semantic mode
 * @param nearest items nearest to the vector of the query; empty to rank without vectors
 * @param graph activation of items by the knowledge graph
 * @param quoted ordinals of items that contain all quoted phrases; empty if the query quotes nothing
 */
record Candidates(
        SearchScope scope,
        int[] ordinals,
        Bm25Scorer keywords,
        SignalWeights weights,
        Map<Signal, Scale> keywordScales,
        Optional<VectorSearch> nearest,
        SpreadingActivation graph,
        Optional<BitSet> quoted) {

    /**
     * Maximum number of different statements among the keyword candidates that are scored in full, unless the query
     * asks for more hits; doubling it found no further relevant items. Candidates whose keyword scores fall into the
     * same bin as the last one are added, and repetitions of these statements as far as a hit can list them.
     */
    private static final int MAX_KEYWORD_CANDIDATES = 256;
    /**
     * Maximum number of items passing the filter for which the range of the session feature is computed over all
     * conversations rather than over matched ones.
     */
    private static final int MAX_ITEMS_FOR_FULL_SESSION_RANGE = 6_000;

    /** Number of score bins by which the best keyword candidates are selected without sorting. */
    private static final int SCORE_BINS = 4_096;

    /**
     * Searches the items of a scope and selects the candidates of a query.
     *
     * @param query analyzed query
     * @param whole items to search
     */
    static Candidates of(AnalyzedQuery query, SearchScope whole) {
        Optional<BitSet> quoted = quoted(query, whole);
        // In keyword mode, a quoted phrase is a condition.
        SearchScope scope = query.mode() == RecallMode.KEYWORD
                ? quoted.map(whole::restrictedTo).orElse(whole)
                : whole;
        // Terms are looked up in semantic mode too: a hit lists the terms that it shares with the query.
        IntToLongFunction statements = query.query().fold() ? scope.items()::statement : _ -> 0;
        var keywords = new Bm25Scorer(scope, query.terms(), query.query().limit(), statements);
        SpreadingActivation graph = query.usesGraph()
                ? SpreadingActivation.of(
                        scope.view(),
                        query.query().asOf().map(GraphScope::asOf).orElseGet(() -> GraphScope.validAt(query.time())),
                        scope.analyzer(),
                        query.query().text(),
                        scope.items())
                : SpreadingActivation.NONE;
        Optional<VectorSearch> nearest = query.vector()
                .map(vector -> scope.items()
                        .nearest(vector.values(), scope.passing(), query.query().limit()));
        int medianLength = scope.items().medianMessageLength() - Bm25Scorer.CONTEXT_TERMS;
        var weights = SignalWeights.of(
                query.usesTerms(),
                nearest.isPresent(),
                medianLength,
                query.query().weights());
        var chosen = new BitSet();
        Map<Signal, Scale> scales = Map.of();
        if (query.usesTerms()) {
            var matches = new Matches(keywords, keywords.met());
            scales = scales(query, scope, keywords, matches);
            var defaults = SignalWeights.of(true, nearest.isPresent(), medianLength, Map.of());
            for (int ordinal : matches.best(
                    statements,
                    scales,
                    defaults,
                    Math.max(MAX_KEYWORD_CANDIDATES, query.query().limit()))) {
                chosen.set(ordinal);
            }
        }
        nearest.ifPresent(near -> {
            float floor = query.vector().orElseThrow().floor();
            for (int i = 0; i < near.count(); i++) {
                if (near.cosine(i) >= floor) {
                    chosen.set(near.slot(i));
                }
            }
        });
        if (query.query().mode() == RecallMode.GRAPH) {
            chosen.clear();
        }
        if (query.query().mode() != RecallMode.SEMANTIC) {
            graph.activations().keySet().stream().filter(scope.passing()::get).forEach(chosen::set);
        }
        return new Candidates(scope, scope.items().byNumber(chosen), keywords, weights, scales, nearest, graph, quoted);
    }

    /** Returns the ordinals of the items that contain all quoted phrases; empty if the query quotes nothing. */
    private static Optional<BitSet> quoted(AnalyzedQuery query, SearchScope scope) {
        Optional<BitSet> all = Optional.empty();
        for (List<String> phrase : query.phrases()) {
            WorkBudget.checkpoint();
            BitSet holders = scope.holders(phrase);
            all.ifPresent(holders::and);
            all = Optional.of(holders);
        }
        return all;
    }

    /**
     * Selects the items for which conversation-level features apply: messages only, if any message passes the filter,
     * otherwise all items. A non-message item is a whole conversation by itself, so beside messages its few terms would
     * count like those of many messages.
     */
    IntPredicate ofConversations() {
        return ofConversations(scope);
    }

    private static IntPredicate ofConversations(SearchScope scope) {
        return messagesIfAny(scope.items(), scope.passing().stream());
    }

    /** Selects messages, if {@code ordinals} contains any, otherwise all items. */
    private static IntPredicate messagesIfAny(IndexSnapshot items, IntStream ordinals) {
        return items.hasStatements() && ordinals.anyMatch(items::message) ? items::message : _ -> true;
    }

    /**
     * Selects the items that determine the minimum and maximum of a feature: messages, if {@code ordinals} contains
     * any, otherwise all items. A non-message item is short and names its subject, so it resembles a question more
     * often than it answers one. Beside messages its value is limited to that of the best message, and the scale of the
     * messages is the same as if it were absent. The same holds for questions that were asked before, if the query asks
     * for statements: a repeated question would be the best item by every feature, and all answers alike beside it.
     *
     * @param query query that the items are ranked for
     * @param items snapshot of the items
     * @param ordinals returns the ordinals of the items; called several times
     */
    static IntPredicate measures(AnalyzedQuery query, IndexSnapshot items, Supplier<IntStream> ordinals) {
        IntPredicate messages = messagesIfAny(items, ordinals.get());
        if (!query.asksForStatements()) {
            return messages;
        }
        IntPredicate statements = messages.and(ordinal -> !items.onlyAsks(ordinal));
        return ordinals.get().anyMatch(statements) ? statements : messages;
    }

    /**
     * Returns the scales of the keyword features, from their minimum and maximum over the items that pass the filter.
     */
    private static Map<Signal, Scale> scales(
            AnalyzedQuery query, SearchScope scope, Bm25Scorer keywords, Matches matches) {
        IndexSnapshot items = scope.items();
        BitSet passing = scope.passing();
        IntPredicate ofConversations = ofConversations(scope);
        // An item that is not matched has the value 0.
        boolean all = matches.ordinals.length == passing.cardinality();
        IntPredicate measure = measures(query, items, () -> IntStream.of(matches.ordinals));
        float maxTurn = 0;
        float minTurn = all ? Float.POSITIVE_INFINITY : 0;
        float maxSession = 0;
        for (int i = 0; i < matches.ordinals.length; i++) {
            if (measure.test(matches.ordinals[i])) {
                maxTurn = Math.max(maxTurn, matches.turns[i]);
                minTurn = Math.min(minTurn, matches.turns[i]);
            }
            if (ofConversations.test(matches.ordinals[i]) && measure.test(matches.ordinals[i])) {
                maxSession = Math.max(maxSession, matches.sessions[i]);
            }
        }
        float minSession = 0;
        if (passing.cardinality() <= MAX_ITEMS_FOR_FULL_SESSION_RANGE) {
            minSession = Float.POSITIVE_INFINITY;
            for (int ordinal = passing.nextSetBit(0); ordinal >= 0; ordinal = passing.nextSetBit(ordinal + 1)) {
                if (ofConversations.test(ordinal) && measure.test(ordinal)) {
                    maxSession = Math.max(maxSession, keywords.session(ordinal));
                    minSession = Math.min(minSession, keywords.session(ordinal));
                }
            }
            minSession = Math.min(minSession, maxSession); // if no item determines it
        }
        return Map.of(
                Signal.TURN, Signal.TURN.scale(minTurn, maxTurn),
                Signal.SESSION, Signal.SESSION.scale(minSession, maxSession));
    }

    /**
     * Matched items and their keyword scores, in parallel arrays, because looking up a score by ordinal costs more than
     * adding scores.
     */
    private static final class Matches {
        /** In ascending order. */
        private final int[] ordinals;

        private final float[] turns;
        private final float[] covered;
        private final float[] sessions;

        Matches(Bm25Scorer keywords, int[] ordinals) {
            this.ordinals = ordinals;
            this.turns = new float[ordinals.length];
            this.covered = new float[ordinals.length];
            this.sessions = new float[ordinals.length];
            for (int i = 0; i < ordinals.length; i++) {
                turns[i] = keywords.turn(ordinals[i]);
                covered[i] = keywords.covered(ordinals[i]);
                sessions[i] = keywords.session(ordinals[i]);
            }
        }

        /**
         * Selects the best items by the weighted sum of their keyword features, if there are more than {@code limit}.
         * What is said many times counts once, so that it displaces nothing else, and only the latest repetitions are
         * selected, because all are listed under one hit.
         *
         * @param statements statement by ordinal; 0 for all of a query that does not fold
         * @param weights weights of the features, the default ones
         * @param limit number of different statements to select; more are returned if their sums fall into the same bin
         *     as that of the last one
         * @return ordinals in ascending order
         */
        int[] best(IntToLongFunction statements, Map<Signal, Scale> scales, SignalWeights weights, int limit) {
            if (ordinals.length <= limit) {
                return ordinals;
            }
            Scale turn = Signal.TURN.in(scales);
            Scale session = Signal.SESSION.in(scales);
            float turnWeight = weights.of(Signal.TURN);
            float coveredWeight = weights.of(Signal.COVERED);
            float sessionWeight = weights.of(Signal.SESSION);
            float binsPerScore = SCORE_BINS / (turnWeight + coveredWeight + sessionWeight);
            var bins = new int[ordinals.length];
            var counts = new int[SCORE_BINS + 1];
            for (int i = 0; i < ordinals.length; i++) {
                float score = turnWeight * turn.of(turns[i])
                        + coveredWeight * covered[i]
                        + sessionWeight * session.of(sessions[i]);
                bins[i] = Math.min(SCORE_BINS, (int) (score * binsPerScore));
                counts[bins[i]]++;
            }
            int cut = SCORE_BINS;
            int above = counts[cut];
            for (long wanted = limit; ; wanted = 2L * above) {
                for (; above < wanted && cut > 0; above += counts[cut]) {
                    cut--;
                }
                var repetitions = new RepetitionCounter(above);
                int[] best = withoutSurplus(statements, bins, cut, repetitions);
                if (repetitions.distinct() >= limit || cut == 0) {
                    return best;
                }
            }
        }

        /**
         * Returns the items of the bins from {@code cut}, but of each statement only as many as one hit with its
         * repetitions lists, the latest.
         */
        private int[] withoutSurplus(IntToLongFunction statements, int[] bins, int cut, RepetitionCounter repetitions) {
            var descending = new IntList();
            for (int i = ordinals.length - 1; i >= 0; i--) {
                if (bins[i] >= cut && repetitions.add(statements.applyAsLong(ordinals[i])) <= 1 + Hit.MAX_DUPLICATES) {
                    descending.add(ordinals[i]);
                }
            }
            return descending.reversed();
        }
    }
}
