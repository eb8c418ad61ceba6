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
 * The ranking of one picture's items for one query. What a signal says is worked out for candidates alone: those that hold a
 * word of the query or stand beside one that does, and those that are near it; among very many of the first kind, the best by
 * words. For one thread.
 */
final class Ranker {

    /** A speaker's name and a date, about: what a turn's length has beyond its words. */
    private static final int CONTEXT_TERMS = 4;
    /** Beyond some fifty words a turn counts as no longer. */
    private static final double LENGTH_SCALE = 4;
    /** What a number of words is worth as length; more are worth 1. */
    private static final float[] LENGTHS = lengths();

    /** What a statement has of what conversations are scored by, as a share of what it has by itself. */
    private static final float STATEMENT = 0.8f;

    /** So many candidates by words alone are looked at closely, the best, if no more hits are wanted: twice as many found nothing more. */
    private static final int BY_WORDS = 256;
    /** Among so few all conversations are looked at for what is least and most. */
    private static final int FEW = 6_000;

    /** After so long an item is half as recent, and its uses are worth half. */
    private static final double HALF_LIFE_MILLIS = Duration.ofDays(30).toMillis();
    /** What recency counts when the question asks for the latest. */
    private static final float LATEST_WEIGHT = 0.5f;

    private static final int BINS = 4_096;

    private final IndexSnapshot items;
    private final Bm25Scorer words;
    private final BitSet passing;
    /**
     * Whether what a conversation as a whole says counts for an item on the scale of conversations: not for a statement beside messages,
     * which is all its conversation, so that its few words would pass for those of many turns.
     */
    private final IntPredicate ofConversations;

    private final int[] candidates;
    private final Fusion fusion;

    /**
     * @param words of the query
     * @param byWords whether words count, or only meaning does
     * @param near what is near the query, or null if meaning does not count
     * @param passing the slots that pass the filter
     * @param times that the query names
     * @param graph what the graph says the query is about
     * @param quoted slots that hold all that the query quotes, or null if it quotes nothing
     * @param uses how often notes were recalled, by their numbers; asked only if that counts
     * @param floor with a cosine below this and no word in common, an item is no answer but padding
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
            for (int slot : met.best(scales, Math.max(BY_WORDS, query.limit()))) {
                chosen.set(slot);
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
        add(Signal.SPEAKER, slot -> words.named(slot) ? 1 : 0);
        addTraits(TextTraits.asksForTime(query.text()));
        if (quoted != null) {
            add(Signal.PHRASE, slot -> quoted.get(slot) ? 1 : 0);
        }
        addTimes(times, TextTraits.asksForLatest(query.text()), query.weights().containsKey(Signal.RECENCY.word));
        if (query.countsUses()) {
            addUses(uses);
        }
        if (items.hasStatements()) {
            add(Signal.IMPORTANCE, slot -> (float) items.facts(slot).importance());
        }
        if (!graph.isEmpty()) {
            add(Signal.GRAPH, graph::of);
        }
        if (near != null) {
            addMeaning(near);
        }
    }

    private static float[] lengths() {
        var worth = new float[64];
        for (int words = 0; words < worth.length; words++) {
            worth[words] = (float) Math.min(1, Math.log1p(words) / LENGTH_SCALE);
        }
        return worth;
    }

    /**
     * By which of some slots it is told what is least and most: by messages, if there are any. A statement is short and names whom
     * it is about, so that it is like a question more often than it answers one; beside messages it has at most what the best of
     * them has, and they are told apart as if it were not there.
     */
    private static IntPredicate measures(IndexSnapshot items, IntStream slots) {
        return items.hasStatements() && slots.anyMatch(items::message) ? items::message : _ -> true;
    }

    /** What a signal says of the item in a slot. */
    private interface Values {
        float of(int slot);
    }

    private void add(Signal signal, Values values) {
        var all = new float[candidates.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = values.of(candidates[i]);
        }
        fusion.add(signal, all);
    }

    private Map<Signal, Scale> scales(Met met) {
        // Whoever is not met has none of it.
        boolean all = met.slots.length == passing.cardinality();
        IntPredicate measure = measures(items, IntStream.of(met.slots));
        float mostTurn = 0;
        float leastTurn = all ? Float.POSITIVE_INFINITY : 0;
        float mostSession = 0;
        for (int i = 0; i < met.slots.length; i++) {
            if (measure.test(met.slots[i])) {
                mostTurn = Math.max(mostTurn, met.turns[i]);
                leastTurn = Math.min(leastTurn, met.turns[i]);
            }
            if (ofConversations.test(met.slots[i])) {
                mostSession = Math.max(mostSession, met.sessions[i]);
            }
        }
        float leastSession = 0;
        if (passing.cardinality() <= FEW) {
            leastSession = Float.POSITIVE_INFINITY;
            for (int slot = passing.nextSetBit(0); slot >= 0; slot = passing.nextSetBit(slot + 1)) {
                if (ofConversations.test(slot)) {
                    mostSession = Math.max(mostSession, words.session(slot));
                    leastSession = Math.min(leastSession, words.session(slot));
                }
            }
        }
        return Map.of(
                Signal.TURN, Signal.TURN.scale(leastTurn, mostTurn),
                Signal.SESSION, Signal.SESSION.scale(leastSession, mostSession));
    }

    private static Scale scale(Map<Signal, Scale> scales, Signal signal) {
        Scale scale = scales.get(signal);
        if (scale == null) {
            throw new IllegalStateException("no scale for " + signal);
        }
        return scale;
    }

    /** What is met of a question's words, side by side: to look scores up by slot costs more than to add them. */
    private static final class Met {
        /** Rising. */
        private final int[] slots;

        private final float[] turns;
        private final float[] covered;
        private final float[] sessions;

        Met(Bm25Scorer words, int[] slots) {
            this.slots = slots;
            this.turns = new float[slots.length];
            this.covered = new float[slots.length];
            this.sessions = new float[slots.length];
            for (int i = 0; i < slots.length; i++) {
                turns[i] = words.turn(slots[i]);
                covered[i] = words.covered(slots[i]);
                sessions[i] = words.session(slots[i]);
            }
        }

        /** The slots of the best by words, if there are too many. */
        int[] best(Map<Signal, Scale> scales, int wanted) {
            if (slots.length <= wanted) {
                return slots;
            }
            Scale turn = scale(scales, Signal.TURN);
            Scale session = scale(scales, Signal.SESSION);
            float binsPerScore = BINS / (Signal.TURN.weight + Signal.COVERED.weight + Signal.SESSION.weight);
            var bins = new int[slots.length];
            var counts = new int[BINS + 1];
            for (int i = 0; i < slots.length; i++) {
                float score = Signal.TURN.weight * turn.of(turns[i])
                        + Signal.COVERED.weight * covered[i]
                        + Signal.SESSION.weight * session.of(sessions[i]);
                bins[i] = Math.min(BINS, (int) (score * binsPerScore));
                counts[bins[i]]++;
            }
            int cut = BINS;
            for (int above = counts[cut]; above < wanted && cut > 0; ) {
                above += counts[--cut];
            }
            var best = new IntList();
            for (int i = 0; i < slots.length; i++) {
                if (bins[i] >= cut) {
                    best.add(slots[i]);
                }
            }
            return best.toArray();
        }
    }

    /** @param alone whether meaning does not count */
    private void addWords(Map<Signal, Scale> scales, boolean alone) {
        Scale turn = scale(scales, Signal.TURN);
        Scale session = scale(scales, Signal.SESSION);
        add(Signal.COVERED, words::covered);
        add(Signal.TURN, slot -> turn.of(words.turn(slot)));
        add(
                Signal.SESSION,
                slot -> ofConversations.test(slot)
                        ? session.of(words.session(slot))
                        : STATEMENT * turn.of(words.turn(slot)));
        if (alone) {
            addAnswers(slot -> turn.of(words.turn(slot)));
        }
    }

    /** The candidates, and the turns before them that ask. */
    private int[] withAsked() {
        var slots = new IntList(2 * candidates.length);
        for (int slot : candidates) {
            slots.add(slot);
            int before = items.previous(slot);
            if (asks(before)) {
                slots.add(before);
            }
        }
        return slots.toArray();
    }

    /** @param about how near a turn is to the question */
    private void addAnswers(Values about) {
        add(Signal.ANSWERS, slot -> {
            int before = items.previous(slot);
            return asks(before) ? about.of(before) : 0;
        });
    }

    private void addTraits(boolean wantsTime) {
        add(Signal.LENGTH, slot -> {
            int count = Math.max(0, items.length(slot) - CONTEXT_TERMS);
            return count < LENGTHS.length ? LENGTHS[count] : 1;
        });
        add(Signal.ASKS, slot -> has(slot, TextTraits.ASKS) ? 1 : 0);
        if (wantsTime) {
            add(Signal.TIME, slot -> has(slot, TextTraits.TELLS_TIME) ? 1 : 0);
        }
    }

    private void addTimes(List<TimeExpressions.Range> times, boolean latest, boolean recencyAsked) {
        if (!times.isEmpty()) {
            add(Signal.WHEN, slot -> {
                long at = items.millis(slot);
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
     * Each doubling of its uses makes a note as much stronger, and time without one weaker: about the base level of what is in human
     * memory (Anderson and Schooler, Reflections of the environment in memory, 1991).
     */
    private void addUses(Function<Collection<Long>, Map<Long, Use>> uses) {
        List<Long> notes = Arrays.stream(candidates)
                .filter(slot -> !items.message(slot))
                .mapToObj(items::number)
                .toList();
        Map<Long, Use> known = notes.isEmpty() ? Map.of() : uses.apply(notes);
        long latest = known.values().stream()
                .mapToLong(use -> use.last().toEpochMilli())
                .max()
                .orElse(0);
        var strengths = new HashMap<Long, Float>();
        float most = 0;
        for (Map.Entry<Long, Use> note : known.entrySet()) {
            Use use = note.getValue();
            float strength = (float) (Math.log1p((double) use.count())
                    * fresh(latest - use.last().toEpochMilli()));
            strengths.put(note.getKey(), strength);
            most = Math.max(most, strength);
        }
        Scale scale = Signal.USES.scale(0, most);
        add(Signal.USES, slot -> scale.of(strengths.getOrDefault(items.number(slot), 0f)));
    }

    /** What is left of 1 after some time. */
    private static double fresh(long millis) {
        return Math.pow(0.5, millis / HALF_LIFE_MILLIS);
    }

    /** What is said of a slot, if there is one and it passes. */
    private float ifPassing(int slot, Values values) {
        return slot != NONE && passing.get(slot) ? values.of(slot) : 0;
    }

    /** Whether there is a slot and its turn asks. */
    private boolean asks(int slot) {
        return slot != NONE && has(slot, TextTraits.ASKS);
    }

    private boolean has(int slot, int trait) {
        return (items.traits(slot) & trait) != 0;
    }

    private void addMeaning(VectorSearch near) {
        IntPredicate measure = measures(items, IntStream.range(0, near.count()).map(near::slot));
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < near.count(); i++) {
            if (measure.test(near.slot(i))) {
                most = Math.max(most, near.cosine(i));
            }
        }
        Scale meaning = Signal.MEANING.scale(near.least(measure), most);
        near.compare(withAsked());
        add(Signal.MEANING, slot -> meaning.of(near.of(slot)));
        add(Signal.AFTER, slot -> ifPassing(items.next(slot), next -> meaning.of(near.about(next))));
        add(Signal.BEFORE, slot -> ifPassing(items.previous(slot), before -> meaning.of(near.about(before))));
        addAnswers(slot -> meaning.of(near.of(slot)));
        var topics = new Topics(items, near, measure);
        Scale topic = Signal.TOPIC.scale(topics.least(), topics.most());
        add(
                Signal.TOPIC,
                slot -> ofConversations.test(slot) ? topic.of(topics.of(slot)) : STATEMENT * meaning.of(near.of(slot)));
    }

    /** For a conversation the mean of its three greatest cosines. */
    static final class Topics {
        private final IndexSnapshot items;
        private final Map<Integer, float[]> greatest = new HashMap<>();
        /** What a turn has whose cosine is not known, about. */
        private final float unknown;

        private float least = Float.POSITIVE_INFINITY;
        private float most = Float.NEGATIVE_INFINITY;

        /** @param measure which slots are looked at for what is least and most */
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
            this.unknown = near.complete() ? Float.NEGATIVE_INFINITY : near.usual();
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

        /** Of the conversation of a slot; {@link Float#NaN} if nothing is known of it. */
        float of(int slot) {
            float[] known = greatest.get(items.group(slot));
            int members = members(slot);
            float sum = 0;
            int count = 0;
            for (int i = 0; i < members; i++) {
                float value = known == null || known[i] == Float.NEGATIVE_INFINITY ? unknown : known[i];
                if (value > Float.NEGATIVE_INFINITY) {
                    sum += value;
                    count++;
                }
            }
            return count == 0 ? Float.NaN : sum / count;
        }

        /** How many turns the conversation of a slot has, three at most. */
        private int members(int slot) {
            int members = 1;
            for (int at = items.previous(slot); at != NONE && members < 3; at = items.previous(at)) {
                members++;
            }
            for (int at = items.next(slot); at != NONE && members < 3; at = items.next(at)) {
                members++;
            }
            return members;
        }
    }

    /** A candidate and where it ranks. */
    record Ranked(int slot, int index) {}

    /** The slot of the best candidate. */
    OptionalInt best() {
        int[] best = fusion.best(items, 1, 0);
        return best.length == 0 ? OptionalInt.empty() : OptionalInt.of(candidates[best[0]]);
    }

    /** The slots of the candidates, the best first. */
    Ranked[] ranked(RecallQuery query) {
        return Arrays.stream(fusion.best(items, query.limit(), query.diversity()))
                .mapToObj(index -> new Ranked(candidates[index], index))
                .toArray(Ranked[]::new);
    }

    HitReader.Reasons reasons(Ranked ranked, boolean explain) {
        return new HitReader.Reasons(
                fusion.score(ranked.index()),
                words.words(ranked.slot()),
                explain ? fusion.explain(ranked.index()) : Map.of());
    }
}
