package dev.stele.recall;

import static dev.stele.index.IndexSnapshot.NONE;

import dev.stele.analysis.TextTraits;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.VectorSearch;
import dev.stele.recall.Fusion.Scale;
import dev.stele.recall.Fusion.Signal;
import dev.stele.store.ReflectionView.Use;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Ranker that scores the items of one index snapshot for one query. Features are computed for candidates only, because
 * most items share nothing with the query. Candidates are
 *
 * <ul>
 * <li>items that contain a term of the query, or follow closely on a message that does; if there are very many, those
 *     with the best keyword scores;
 * <li>items whose vector is near the query;
 * <li>items that the knowledge graph activates.
 * </ul>
 *
 * <p>In graph mode, only activated items are candidates. The features are combined by {@link Fusion}. For one thread.
 */
final class Ranker {

    /** Approximate number of terms that the speaker's name and the date add to the length of a message. */
    private static final int CONTEXT_TERMS = 4;
    /** Logarithmic length at which the length feature saturates, which is at about fifty terms. */
    private static final double LENGTH_SCALE = 4;
    /** Value of the length feature by number of terms; longer items have the value 1. */
    private static final float[] LENGTH_VALUES = lengths();

    /**
     * Value of a conversation-level feature for a non-message item, as a share of the corresponding feature of the item
     * itself.
     */
    private static final float NON_MESSAGE_SHARE = 0.8f;

    /**
     * Maximum number of keyword candidates that are scored in full, unless the query asks for more hits; doubling it
     * found no further relevant items. Candidates whose keyword scores fall into the same bin as the last one are
     * added.
     */
    private static final int MAX_KEYWORD_CANDIDATES = 256;
    /**
     * Maximum number of items passing the filter for which the range of the session feature is computed over all
     * conversations rather than over matched ones.
     */
    private static final int MAX_ITEMS_FOR_FULL_SESSION_RANGE = 6_000;

    /** Age, in milliseconds, at which the recency of an item and the weight of its uses are halved. */
    private static final double HALF_LIFE_MILLIS = Duration.ofDays(30).toMillis();
    /** Weight of the recency feature when the question asks for the latest. */
    private static final float LATEST_WEIGHT = 0.5f;

    /** Number of score bins by which the best keyword candidates are selected without sorting. */
    private static final int SCORE_BINS = 4_096;

    private final IndexSnapshot items;
    private final Bm25Scorer words;
    private final BitSet passing;
    /**
     * Selects the items for which conversation-level features apply: messages only, if any message passes the filter,
     * otherwise all items. A non-message item is a whole conversation by itself, so beside messages its few terms would
     * count like those of many messages.
     */
    private final IntPredicate ofConversations;

    private final int[] candidates;
    private final Fusion fusion;

    /**
     * Selects the candidates and computes their features.
     *
     * @param items snapshot whose items are ranked
     * @param query query with mode, limit and weights
     * @param words keyword scores of the query
     * @param byWords whether keyword features count; false in semantic mode
     * @param near items nearest to the query vector, or null to rank without vectors
     * @param passing ordinals of the items that pass the filter
     * @param floor minimum cosine of a candidate that shares no term with the query; less similar items would only pad
     *     the result
     * @param times time ranges that the query names
     * @param graph activation of items by the knowledge graph
     * @param quoted ordinals of items that contain all quoted phrases, or null if the query quotes nothing
     * @param uses returns how often notes were recalled, by item number; called only if the query gives uses a weight
     */
    Ranker(
            IndexSnapshot items,
            RecallQuery query,
            Bm25Scorer words,
            boolean byWords,
            @Nullable VectorSearch near,
            BitSet passing,
            float floor,
            List<TimeExpressions.Range> times,
            SpreadingActivation graph,
            @Nullable BitSet quoted,
            Function<Collection<Long>, Map<Long, Use>> uses) {
        this.items = items;
        this.words = words;
        this.passing = passing;
        this.ofConversations = measures(items, passing.stream());
        var chosen = new BitSet();
        Map<Signal, Scale> scales = Map.of();
        if (byWords) {
            var met = new Met(words, words.met());
            scales = scales(met);
            for (int ordinal : met.best(scales, Math.max(MAX_KEYWORD_CANDIDATES, query.limit()))) {
                chosen.set(ordinal);
            }
        }
        if (near != null) {
            for (int i = 0; i < near.count(); i++) {
                if (near.cosine(i) >= floor) {
                    chosen.set(near.slot(i));
                }
            }
        }
        if (query.mode() == RecallMode.GRAPH) {
            chosen.clear();
        }
        if (query.mode() != RecallMode.SEMANTIC) {
            graph.lit().keySet().stream().filter(passing::get).forEach(chosen::set);
        }
        this.candidates = items.byNumber(chosen);
        this.fusion = new Fusion(candidates, query.weights());
        if (byWords) {
            addWords(scales, near == null);
        }
        add(Signal.SPEAKER, ordinal -> words.named(ordinal) ? 1 : 0);
        addTraits(TextTraits.asksForTime(query.text()));
        if (quoted != null) {
            add(Signal.PHRASE, ordinal -> quoted.get(ordinal) ? 1 : 0);
        }
        addTimes(times, TextTraits.asksForLatest(query.text()), query.weights().containsKey(Signal.RECENCY.word));
        if (query.countsUses()) {
            addUses(uses);
        }
        if (items.hasStatements()) {
            add(Signal.IMPORTANCE, ordinal -> (float) items.facts(ordinal).importance());
        }
        if (!graph.isEmpty()) {
            add(Signal.GRAPH, graph::of);
        }
        if (near != null) {
            addMeaning(near);
        }
    }

    private static float[] lengths() {
        var values = new float[64];
        for (int words = 0; words < values.length; words++) {
            values[words] = (float) Math.min(1, Math.log1p(words) / LENGTH_SCALE);
        }
        return values;
    }

    /**
     * Selects the items that determine the minimum and maximum of a feature: messages, if {@code ordinals} contains
     * any, otherwise all items. A non-message item is short and names its subject, so it resembles a question more
     * often than it answers one. Beside messages its value is limited to that of the best message, and the scale of the
     * messages is the same as if it were absent.
     */
    private static IntPredicate measures(IndexSnapshot items, IntStream ordinals) {
        return items.hasStatements() && ordinals.anyMatch(items::message) ? items::message : _ -> true;
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

    /**
     * Returns the scales of the keyword features, from their minimum and maximum over the items that pass the filter.
     */
    private Map<Signal, Scale> scales(Met met) {
        // An item that is not matched has the value 0.
        boolean all = met.ordinals.length == passing.cardinality();
        IntPredicate measure = measures(items, IntStream.of(met.ordinals));
        float maxTurn = 0;
        float minTurn = all ? Float.POSITIVE_INFINITY : 0;
        float maxSession = 0;
        for (int i = 0; i < met.ordinals.length; i++) {
            if (measure.test(met.ordinals[i])) {
                maxTurn = Math.max(maxTurn, met.turns[i]);
                minTurn = Math.min(minTurn, met.turns[i]);
            }
            if (ofConversations.test(met.ordinals[i])) {
                maxSession = Math.max(maxSession, met.sessions[i]);
            }
        }
        float minSession = 0;
        if (passing.cardinality() <= MAX_ITEMS_FOR_FULL_SESSION_RANGE) {
            minSession = Float.POSITIVE_INFINITY;
            for (int ordinal = passing.nextSetBit(0); ordinal >= 0; ordinal = passing.nextSetBit(ordinal + 1)) {
                if (ofConversations.test(ordinal)) {
                    maxSession = Math.max(maxSession, words.session(ordinal));
                    minSession = Math.min(minSession, words.session(ordinal));
                }
            }
        }
        return Map.of(
                Signal.TURN, Signal.TURN.scale(minTurn, maxTurn),
                Signal.SESSION, Signal.SESSION.scale(minSession, maxSession));
    }

    private static Scale scale(Map<Signal, Scale> scales, Signal signal) {
        Scale scale = scales.get(signal);
        if (scale == null) {
            throw new IllegalStateException("no scale for " + signal);
        }
        return scale;
    }

    /**
     * Matched items and their keyword scores, in parallel arrays, because looking up a score by ordinal costs more than
     * adding scores.
     */
    private static final class Met {
        /** In ascending order. */
        private final int[] ordinals;

        private final float[] turns;
        private final float[] covered;
        private final float[] sessions;

        Met(Bm25Scorer words, int[] ordinals) {
            this.ordinals = ordinals;
            this.turns = new float[ordinals.length];
            this.covered = new float[ordinals.length];
            this.sessions = new float[ordinals.length];
            for (int i = 0; i < ordinals.length; i++) {
                turns[i] = words.turn(ordinals[i]);
                covered[i] = words.covered(ordinals[i]);
                sessions[i] = words.session(ordinals[i]);
            }
        }

        /**
         * Selects the best items by the weighted sum of their keyword features, if there are more than {@code limit}.
         *
         * @param limit number of items to select; more are returned if their sums fall into the same bin as that of the
         *     last one
         * @return ordinals in ascending order
         */
        int[] best(Map<Signal, Scale> scales, int limit) {
            if (ordinals.length <= limit) {
                return ordinals;
            }
            Scale turn = scale(scales, Signal.TURN);
            Scale session = scale(scales, Signal.SESSION);
            float binsPerScore = SCORE_BINS / (Signal.TURN.weight + Signal.COVERED.weight + Signal.SESSION.weight);
            var bins = new int[ordinals.length];
            var counts = new int[SCORE_BINS + 1];
            for (int i = 0; i < ordinals.length; i++) {
                float score = Signal.TURN.weight * turn.of(turns[i])
                        + Signal.COVERED.weight * covered[i]
                        + Signal.SESSION.weight * session.of(sessions[i]);
                bins[i] = Math.min(SCORE_BINS, (int) (score * binsPerScore));
                counts[bins[i]]++;
            }
            int cut = SCORE_BINS;
            for (int above = counts[cut]; above < limit && cut > 0; ) {
                above += counts[--cut];
            }
            var best = new IntList();
            for (int i = 0; i < ordinals.length; i++) {
                if (bins[i] >= cut) {
                    best.add(ordinals[i]);
                }
            }
            return best.toArray();
        }
    }

    /**
     * Adds the keyword features.
     *
     * @param alone whether the query is ranked without vectors
     */
    private void addWords(Map<Signal, Scale> scales, boolean alone) {
        Scale turn = scale(scales, Signal.TURN);
        Scale session = scale(scales, Signal.SESSION);
        add(Signal.COVERED, words::covered);
        add(Signal.TURN, ordinal -> turn.of(words.turn(ordinal)));
        add(
                Signal.SESSION,
                ordinal -> ofConversations.test(ordinal)
                        ? session.of(words.session(ordinal))
                        : NON_MESSAGE_SHARE * turn.of(words.turn(ordinal)));
        if (alone) {
            addAnswers(ordinal -> turn.of(words.turn(ordinal)));
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
            return asks(before) ? relevance.of(before) : 0;
        });
    }

    private void addTraits(boolean wantsTime) {
        add(Signal.LENGTH, ordinal -> {
            int count = Math.max(0, items.length(ordinal) - CONTEXT_TERMS);
            return count < LENGTH_VALUES.length ? LENGTH_VALUES[count] : 1;
        });
        add(Signal.ASKS, ordinal -> has(ordinal, TextTraits.ASKS) ? 1 : 0);
        if (wantsTime) {
            add(Signal.TIME, ordinal -> has(ordinal, TextTraits.TELLS_TIME) ? 1 : 0);
        }
    }

    private void addTimes(List<TimeExpressions.Range> times, boolean latest, boolean recencyAsked) {
        if (!times.isEmpty()) {
            add(Signal.WHEN, ordinal -> {
                long at = items.millis(ordinal);
                return times.stream().anyMatch(range -> range.holds(at)) ? 1 : 0;
            });
        }
        if (!latest && !recencyAsked) {
            return;
        }
        long newest = IntStream.of(candidates)
                .filter(measures(items, IntStream.of(candidates)))
                .mapToLong(items::millis)
                .max()
                .orElse(0);
        var recency = new float[candidates.length];
        for (int i = 0; i < recency.length; i++) {
            recency[i] = (float) Math.min(1, fresh(newest - items.millis(candidates[i])));
        }
        fusion.add(Signal.RECENCY, latest ? LATEST_WEIGHT : Signal.RECENCY.weight, recency);
    }

    /**
     * Adds the usage feature of notes. The strength of a note grows with the logarithm of its uses and decays with the
     * time since the last one; this approximates the base-level activation of human memory (Anderson and Schooler,
     * Reflections of the environment in memory, 1991).
     */
    private void addUses(Function<Collection<Long>, Map<Long, Use>> uses) {
        List<Long> notes = Arrays.stream(candidates)
                .filter(ordinal -> !items.message(ordinal))
                .mapToObj(items::number)
                .toList();
        Map<Long, Use> usesByNote = notes.isEmpty() ? Map.of() : uses.apply(notes);
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
        return ordinal != NONE && passing.get(ordinal) ? values.of(ordinal) : 0;
    }

    /** Returns whether the ordinal is not {@code NONE} and its item is a question. */
    private boolean asks(int ordinal) {
        return ordinal != NONE && has(ordinal, TextTraits.ASKS);
    }

    private boolean has(int ordinal, int trait) {
        return (items.traits(ordinal) & trait) != 0;
    }

    private void addMeaning(VectorSearch near) {
        IntPredicate measure = measures(items, IntStream.range(0, near.count()).map(near::slot));
        float maxCosine = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < near.count(); i++) {
            if (measure.test(near.slot(i))) {
                maxCosine = Math.max(maxCosine, near.cosine(i));
            }
        }
        Scale meaning = Signal.MEANING.scale(near.least(measure), maxCosine);
        near.compare(withAsked());
        add(Signal.MEANING, ordinal -> meaning.of(near.of(ordinal)));
        add(Signal.AFTER, ordinal -> ifPassing(items.next(ordinal), next -> meaning.of(near.about(next))));
        add(Signal.BEFORE, ordinal -> ifPassing(items.previous(ordinal), before -> meaning.of(near.about(before))));
        addAnswers(ordinal -> meaning.of(near.of(ordinal)));
        var topics = new Topics(items, near, measure);
        Scale topic = Signal.TOPIC.scale(topics.least(), topics.most());
        add(
                Signal.TOPIC,
                ordinal -> ofConversations.test(ordinal)
                        ? topic.of(topics.of(ordinal))
                        : NON_MESSAGE_SHARE * meaning.of(near.of(ordinal)));
    }

    /** Topic scores of conversations: the mean of the three greatest cosines of each. */
    static final class Topics {
        private final IndexSnapshot items;
        private final Map<Integer, float[]> greatest = new HashMap<>();
        /** Estimated cosine of a message whose cosine was not computed; negative infinity if all were computed. */
        private final float estimated;

        private float least = Float.POSITIVE_INFINITY;
        private float most = Float.NEGATIVE_INFINITY;

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
            this.estimated = near.complete() ? Float.NEGATIVE_INFINITY : near.usual();
            for (int i = 0; i < near.count(); i++) {
                if (measure.test(near.slot(i))) {
                    float topic = of(near.slot(i));
                    least = Math.min(least, topic);
                    most = Math.max(most, topic);
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

        float least() {
            return least;
        }

        float most() {
            return most;
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

        /** Returns the number of messages in the conversation of an item, at most three. */
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

    /** Returns the ordinal of the best candidate. */
    OptionalInt best() {
        int[] best = fusion.best(items, 1, 0);
        return best.length == 0 ? OptionalInt.empty() : OptionalInt.of(candidates[best[0]]);
    }

    /** Returns all candidates, the best first. */
    Ranked[] ranked(RecallQuery query) {
        return Arrays.stream(fusion.best(items, query.limit(), query.diversity()))
                .mapToObj(index -> new Ranked(candidates[index], index))
                .toArray(Ranked[]::new);
    }

    /** Returns the score and the shared terms of a candidate, and its feature values if {@code explain} is true. */
    HitReader.Reasons reasons(Ranked ranked, boolean explain) {
        return new HitReader.Reasons(
                fusion.score(ranked.index()),
                words.words(ranked.slot()),
                explain ? fusion.explain(ranked.index()) : Map.of());
    }
}
