package dev.stele.recall;

import static dev.stele.index.IndexSnapshot.NONE;

import dev.stele.analysis.TextTraits;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.VectorSearch;
import dev.stele.model.Role;
import dev.stele.recall.Fusion.Scale;
import dev.stele.recall.Fusion.Signal;
import dev.stele.store.ReflectionView.Use;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Ranking of the candidates of a query: computes the features of each candidate, and combines them by {@link Fusion}.
 * For one thread.
 */
final class Ranking {

    /** Logarithmic length at which the length feature saturates, which is at about fifty terms. */
    private static final double LENGTH_SCALE = 4;
    /** Value of the length feature by number of terms; longer items have the value 1. */
    private static final float[] LENGTH_VALUES = lengths();

    /** Number of terms beyond which the length of an item is in excess. */
    private static final int BRIEF_TERMS = 20;

    /** Logarithmic excess of length at which that feature saturates, which is at about eleven hundred terms. */
    private static final double EXCESS_SCALE = 4;

    /**
     * Value of a conversation-level feature for a non-message item, as a share of the corresponding feature of the item
     * itself.
     */
    private static final float NON_MESSAGE_SHARE = 0.8f;

    /** Age, in milliseconds, at which the recency of an item and the weight of its uses are halved. */
    private static final double HALF_LIFE_MILLIS = Duration.ofDays(30).toMillis();
    /** Weight of the recency feature when the question asks for the latest. */
    private static final float LATEST_WEIGHT = 0.5f;

    private final AnalyzedQuery analyzed;
    private final RecallQuery query;
    private final Candidates found;
    private final IndexSnapshot items;
    private final int[] candidates;
    private final IntPredicate ofConversations;
    private final Fusion fusion;
    /** Minimum cosine of related texts. */
    private final float floor;

    /**
     * Computes the features of the candidates.
     *
     * @param analyzed analyzed query
     * @param found candidates of the query
     */
    Ranking(AnalyzedQuery analyzed, Candidates found) {
        this.analyzed = analyzed;
        this.query = analyzed.query();
        this.found = found;
        this.items = found.scope().items();
        this.candidates = found.ordinals();
        this.floor = analyzed.vector().map(AnalyzedQuery.Vector::floor).orElse(0f);
        this.ofConversations = found.ofConversations();
        this.fusion = new Fusion(candidates, found.weights());
        if (analyzed.usesTerms()) {
            addKeywords(found.keywords());
        }
        add(Signal.SPEAKER, ordinal -> found.keywords().named(ordinal) ? 1 : 0);
        addTraits();
        found.quoted().ifPresent(quoted -> add(Signal.PHRASE, ordinal -> quoted.get(ordinal) ? 1 : 0));
        addTimes(analyzed.times());
        if (query.countsUses()) {
            addUses();
        }
        if (items.hasStatements()) {
            add(Signal.IMPORTANCE, ordinal -> (float) items.facts(ordinal).importance());
        }
        if (!found.graph().isEmpty()) {
            add(Signal.GRAPH, found.graph()::of);
        }
        found.nearest().ifPresent(this::addMeaning);
    }

    private static float[] lengths() {
        var values = new float[64];
        for (int words = 0; words < values.length; words++) {
            values[words] = (float) Math.min(1, Math.log1p(words) / LENGTH_SCALE);
        }
        return values;
    }

    /** Function that returns the value of a feature for the item at an ordinal. */
    private interface Values {
        float of(int ordinal);
    }

    private void add(Signal signal, Values values) {
        var all = new float[candidates.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = values.of(candidates[i]);
        }
        fusion.add(signal, all);
    }

    private void addKeywords(Bm25Scorer keywords) {
        Values turn = byTurn();
        Values session = bySession();
        add(Signal.COVERED, keywords::covered);
        add(Signal.TURN, turn);
        add(
                Signal.SESSION,
                ordinal -> ofConversations.test(ordinal) ? session.of(ordinal) : NON_MESSAGE_SHARE * turn.of(ordinal));
        if (found.nearest().isEmpty()) {
            addAnswers(turn);
        }
    }

    /** Returns the candidates and, for each, the message before it if that message is a question. */
    private int[] withAsked() {
        var ordinals = new IntList(2 * candidates.length);
        for (int ordinal : candidates) {
            ordinals.add(ordinal);
            int before = items.previous(ordinal);
            if (asks(before)) {
                ordinals.add(before);
            }
        }
        return ordinals.toArray();
    }

    /**
     * Adds the feature of following a question.
     *
     * @param relevance relevance of the preceding message to the query
     */
    private void addAnswers(Values relevance) {
        add(Signal.ANSWERS, ordinal -> {
            int before = items.previous(ordinal);
            return asks(before) && !items.isOwnQuestion(before, ordinal) ? relevance.of(before) : 0;
        });
    }

    /** Returns the number of terms of an item without those of its context. */
    private int ownTerms(int ordinal) {
        return Math.max(0, items.length(ordinal) - Bm25Scorer.CONTEXT_TERMS);
    }

    private void addTraits() {
        add(Signal.LENGTH, ordinal -> {
            int count = ownTerms(ordinal);
            return count < LENGTH_VALUES.length ? LENGTH_VALUES[count] : 1;
        });
        add(Signal.EXCESS, ordinal -> {
            double excess = Math.log((1.0 + ownTerms(ordinal)) / (1.0 + BRIEF_TERMS));
            return (float) Math.clamp(excess / EXCESS_SCALE, 0, 1);
        });
        if (!found.keywords().namesSpeaker()) {
            String role = TextTraits.asksForReply(query.text()) ? Role.ASSISTANT.label() : Role.USER.label();
            add(
                    Signal.ROLE,
                    ordinal -> !items.message(ordinal)
                                    || items.facts(ordinal).kind().equals(role)
                            ? 1
                            : 0);
        }
        add(Signal.ASKS, ordinal -> has(ordinal, TextTraits.ASKS) ? 1 : 0);
        if (analyzed.asksForStatements()) {
            add(Signal.QUESTION, ordinal -> items.message(ordinal) && items.onlyAsks(ordinal) ? 1 : 0);
        }
        if (TextTraits.asksForTime(query.text())) {
            add(Signal.TIME, ordinal -> has(ordinal, TextTraits.TELLS_TIME) ? 1 : 0);
        }
    }

    private void addTimes(List<TimeExpressions.Range> times) {
        if (!times.isEmpty()) {
            add(Signal.WHEN, ordinal -> {
                long at = items.millis(ordinal);
                return times.stream().anyMatch(range -> range.holds(at)) ? 1 : 0;
            });
        }
        boolean latest = TextTraits.asksForLatest(query.text());
        if (!latest && !query.weights().containsKey(Signal.RECENCY.word)) {
            return;
        }
        long newest = IntStream.of(candidates)
                .filter(Candidates.measures(analyzed, items, () -> IntStream.of(candidates)))
                .mapToLong(items::millis)
                .max()
                .orElse(0);
        var recency = new float[candidates.length];
        for (int i = 0; i < recency.length; i++) {
            recency[i] = (float) Math.min(1, fresh(newest - items.millis(candidates[i])));
        }
        fusion.add(Signal.RECENCY, latest ? LATEST_WEIGHT : 0, recency);
    }

    /**
     * Adds the usage feature of notes. The strength of a note grows with the logarithm of its uses and decays with the
     * time since the last one; this approximates the base-level activation of human memory (Anderson and Schooler,
     * Reflections of the environment in memory, 1991).
     */
    private void addUses() {
        List<Long> notes = Arrays.stream(candidates)
                .filter(ordinal -> !items.message(ordinal))
                .mapToObj(items::number)
                .toList();
        Map<Long, Use> usesByNote =
                notes.isEmpty() ? Map.of() : found.scope().view().reflection().uses(notes);
        long latest = usesByNote.values().stream()
                .mapToLong(use -> use.last().toEpochMilli())
                .max()
                .orElse(0);
        var strengths = new HashMap<Long, Float>();
        float maxStrength = 0;
        for (Map.Entry<Long, Use> note : usesByNote.entrySet()) {
            Use use = note.getValue();
            float strength = (float) (Math.log1p((double) use.count())
                    * fresh(latest - use.last().toEpochMilli()));
            strengths.put(note.getKey(), strength);
            maxStrength = Math.max(maxStrength, strength);
        }
        Scale scale = Signal.USES.scale(0, maxStrength);
        add(Signal.USES, ordinal -> scale.of(strengths.getOrDefault(items.number(ordinal), 0f)));
    }

    /** Returns the exponential decay factor after a number of milliseconds: 1 at 0, 0.5 after one half-life. */
    private static double fresh(long millis) {
        return Math.pow(0.5, millis / HALF_LIFE_MILLIS);
    }

    /** Returns the value for an ordinal, or 0 if the ordinal is {@code NONE} or does not pass the filter. */
    private float ifPassing(int ordinal, Values values) {
        return ordinal != NONE && found.scope().passing().get(ordinal) ? values.of(ordinal) : 0;
    }

    /** Returns whether the next message is a reply, which means that another speaker said it. */
    private boolean isReply(int next, int ordinal) {
        return items.speakerOf(next) != items.speakerOf(ordinal);
    }

    /** Returns whether the ordinal is not {@code NONE} and its item is a question. */
    private boolean asks(int ordinal) {
        return ordinal != NONE && has(ordinal, TextTraits.ASKS);
    }

    private boolean has(int ordinal, int trait) {
        return (items.traits(ordinal) & trait) != 0;
    }

    private void addMeaning(VectorSearch near) {
        IntPredicate measure = Candidates.measures(
                analyzed, items, () -> IntStream.range(0, near.count()).map(near::slot));
        float maxCosine = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < near.count(); i++) {
            if (measure.test(near.slot(i))) {
                maxCosine = Math.max(maxCosine, near.cosine(i));
            }
        }
        Scale meaning = Signal.MEANING.scale(near.minCosine(measure), maxCosine);
        near.scoreExactly(withAsked());
        // A vector follows its item by seconds, or by hours after an import. Until then the keyword scores of the item
        // stand in for what its vector would tell: without them a fresh item would lose to any that has a vector.
        Values turn = byTurn();
        Values meanings = ordinal -> {
            float cosine = near.exactCosine(ordinal);
            return Float.isNaN(cosine) ? turn.of(ordinal) : meaning.of(cosine);
        };
        add(Signal.MEANING, meanings);
        add(
                Signal.AFTER,
                ordinal -> ifPassing(
                        items.next(ordinal),
                        next -> isReply(next, ordinal) ? meaning.of(near.approximateCosine(next)) : 0));
        add(
                Signal.BEFORE,
                ordinal -> Float.isNaN(near.exactCosine(ordinal))
                        ? 0 // no vector that could include the previous message
                        : ifPassing(items.previous(ordinal), before -> meaning.of(near.approximateCosine(before))));
        addAnswers(before -> ifPassing(before, meanings));
        var topics = new Topics(items, near, measure);
        Scale topic = Signal.TOPIC.scale(topics.minTopic(), topics.maxTopic());
        Values session = bySession();
        add(Signal.TOPIC, ordinal -> {
            if (!ofConversations.test(ordinal)) {
                return NON_MESSAGE_SHARE * meanings.of(ordinal);
            }
            boolean known = topics.isKnown(ordinal) || !Float.isNaN(near.exactCosine(ordinal));
            return known ? topic.of(topics.of(ordinal)) : session.of(ordinal);
        });
    }

    /** Returns the normalized BM25 score of an item; 0 if terms do not count. */
    private Values byTurn() {
        if (!analyzed.usesTerms()) {
            return _ -> 0;
        }
        Scale turn = Signal.TURN.in(found.keywordScales());
        return ordinal -> turn.of(found.keywords().turn(ordinal));
    }

    /** Returns the normalized BM25 score of the conversation of an item; 0 if terms do not count. */
    private Values bySession() {
        if (!analyzed.usesTerms()) {
            return _ -> 0;
        }
        Scale session = Signal.SESSION.in(found.keywordScales());
        return ordinal -> session.of(found.keywords().session(ordinal));
    }

    /** Topic scores of conversations: the mean of the three greatest cosines of each. */
    static final class Topics {
        private final IndexSnapshot items;
        private final Map<Integer, float[]> greatest = new HashMap<>();
        /** Estimated cosine of a message whose cosine was not computed; negative infinity if all were computed. */
        private final float estimated;

        private float minTopic = Float.POSITIVE_INFINITY;
        private float maxTopic = Float.NEGATIVE_INFINITY;

        /**
         * Computes the topic scores of all conversations with a known cosine.
         *
         * @param measure items that determine the minimum and maximum
         */
        Topics(IndexSnapshot items, VectorSearch near, IntPredicate measure) {
            this.items = items;
            for (int i = 0; i < near.count(); i++) {
                insert(
                        greatest.computeIfAbsent(items.group(near.slot(i)), _ -> {
                            var none = new float[3];
                            Arrays.fill(none, Float.NEGATIVE_INFINITY);
                            return none;
                        }),
                        near.cosine(i));
            }
            this.estimated = near.complete() ? Float.NEGATIVE_INFINITY : near.meanCosine();
            for (int i = 0; i < near.count(); i++) {
                if (measure.test(near.slot(i))) {
                    float topic = of(near.slot(i));
                    minTopic = Math.min(minTopic, topic);
                    maxTopic = Math.max(maxTopic, topic);
                }
            }
        }

        private static void insert(float[] three, float value) {
            float rest = value;
            for (int i = 0; i < three.length; i++) {
                if (rest > three[i]) {
                    float smaller = three[i];
                    three[i] = rest;
                    rest = smaller;
                }
            }
        }

        float minTopic() {
            return minTopic;
        }

        float maxTopic() {
            return maxTopic;
        }

        /** Returns whether a cosine of the conversation of an item was computed. */
        boolean isKnown(int ordinal) {
            return greatest.containsKey(items.group(ordinal));
        }

        /** Returns the topic score of the conversation of an item; {@link Float#NaN} if no cosine of it is known. */
        float of(int ordinal) {
            float[] cosines = greatest.get(items.group(ordinal));
            int members = members(ordinal);
            float sum = 0;
            int count = 0;
            for (int i = 0; i < members; i++) {
                float value = cosines == null || cosines[i] == Float.NEGATIVE_INFINITY ? estimated : cosines[i];
                if (value > Float.NEGATIVE_INFINITY) {
                    sum += value;
                    count++;
                }
            }
            return count == 0 ? Float.NaN : sum / count;
        }

        /** Returns the number of messages in the conversation of an item, at maxTopic three. */
        private int members(int ordinal) {
            int members = 1;
            for (int neighbor = items.previous(ordinal);
                    neighbor != NONE && members < 3;
                    neighbor = items.previous(neighbor)) {
                members++;
            }
            for (int neighbor = items.next(ordinal); neighbor != NONE && members < 3; neighbor = items.next(neighbor)) {
                members++;
            }
            return members;
        }
    }

    /**
     * Ranked candidate.
     *
     * @param slot ordinal of the item
     * @param index index among the candidates
     */
    record Ranked(int slot, int index) {}

    /** Returns the cosine of an item, scaled for {@link Confidence}; empty if the item or the query has no vector. */
    private OptionalDouble similarity(int ordinal) {
        if (found.nearest().isEmpty()) {
            return OptionalDouble.empty();
        }
        float cosine = found.nearest().get().exactCosine(ordinal);
        return Float.isNaN(cosine)
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.clamp((cosine - floor) / (1 - floor), 0, 1));
    }

    /** Returns the ordinal of the best candidate. */
    OptionalInt best() {
        int[] best = fusion.best(items, 1, 0);
        return best.length == 0 ? OptionalInt.empty() : OptionalInt.of(candidates[best[0]]);
    }

    /** Returns all candidates, the best first. */
    Ranked[] ranked() {
        return Arrays.stream(fusion.best(items, query.limit(), query.diversity()))
                .mapToObj(index -> new Ranked(candidates[index], index))
                .toArray(Ranked[]::new);
    }

    /** Returns the score and the shared terms of a candidate, and its feature values if the query asks for them. */
    HitReader.Reasons reasons(Ranked ranked) {
        return new HitReader.Reasons(
                fusion.score(ranked.index()),
                Confidence.of(found.keywords().answered(ranked.slot()), similarity(ranked.slot())),
                found.keywords().words(ranked.slot()),
                query.explain() ? fusion.explain(ranked.index()) : Map.of());
    }
}
