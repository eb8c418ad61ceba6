package dev.stele.recall;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.arena.TypedArena;
import dev.stele.index.Analyzer;
import dev.stele.index.Charged;
import dev.stele.index.Embedder;
import dev.stele.index.Indexer;
import dev.stele.index.LiveIndex;
import dev.stele.index.LiveItems;
import dev.stele.index.Traits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.store.AgentStore;
import dev.stele.store.ItemRow;
import dev.stele.store.Postings;
import dev.stele.store.StoreView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries. The query is embedded first, outside any transaction; then one read transaction sees one moment of
 * the memory, brings the picture of live items up to it, scores, and fetches the texts of the best. Nothing is written.
 *
 * <p>Answers are cached under the number of the latest change, so an answer is never older than the memory, whichever
 * process wrote last. Thread-safe.
 */
public final class Recall {

    private static final System.Logger LOG = System.getLogger(Recall.class.getName());

    /** A speaker's name and a date, about: what a turn's length has beyond its words. */
    private static final int CONTEXT_TERMS = 4;
    /** Beyond some fifty words a turn counts as no longer. */
    private static final double LENGTH_SCALE = 4;
    /** What a number of words is worth as length; more are worth 1. */
    private static final float[] LENGTHS = lengths();

    private static final int MOST_NAMES = 10_000;

    private static final int TRIES = 3;
    private static final String NO_MODEL =
            "There is no embedding model, so this was ranked by words alone; add the module stele-models to rank by meaning too.";

    private final Analyzer analyzer;
    private final Indexer indexer;
    private final Optional<Embedder> embedder;
    private final LiveIndex live;
    private final Limits limits;
    private final Charged<CacheKey, RecallResult> answers;
    /** With a cosine below this and no word in common, an item is no answer but padding. */
    private final float floor;

    private final Cache<String, List<String>> names = Caffeine.newBuilder()
            .maximumSize(MOST_NAMES)
            .executor(Runnable::run)
            .build();

    /** What an answer depends on. Time enters only by the validities that have begun or ended. */
    private record CacheKey(AgentStore store, long change, long validityEpoch, RecallQuery query, RecallMode ranking) {}

    /** The query's vector, or why there is none. */
    private record Meaning(RecallMode mode, float @Nullable [] vector, Optional<String> notice) {}

    /**
     * @param cacheBytes heap that cached answers may take
     * @param arena where that is booked
     */
    public Recall(
            Analyzer analyzer,
            Indexer indexer,
            Optional<Embedder> embedder,
            LiveIndex live,
            Limits limits,
            long cacheBytes,
            TypedArena arena) {
        this.analyzer = analyzer;
        this.indexer = indexer;
        this.embedder = embedder;
        this.live = live;
        this.limits = limits;
        this.floor = embedder.map(Embedder::floor).orElse(Float.POSITIVE_INFINITY);
        this.answers = new Charged<>(cacheBytes, arena, Recall::weight);
    }

    private static float[] lengths() {
        var worth = new float[64];
        for (int words = 0; words < worth.length; words++) {
            worth[words] = (float) Math.min(1, Math.log1p(words) / LENGTH_SCALE);
        }
        return worth;
    }

    private static int weight(CacheKey key, RecallResult answer) {
        int bytes = 500 + 2 * key.query().text().length();
        for (Hit hit : answer.hits()) {
            bytes += 500 + 2 * hit.content().length();
        }
        return bytes;
    }

    /** The names of the signals by which hits are found. */
    public static List<String> signals() {
        return Fusion.names();
    }

    public RecallResult recall(AgentStore store, RecallQuery query) {
        check(query);
        Instant now = Instant.now();
        RecallMode wanted = rankingFor(query.mode());
        RecallResult cached = store.read(view -> live.at(store, view)
                .map(items -> answers.get(key(store, items, query, wanted, now)).orElse(null))
                .orElse(null));
        if (cached != null) {
            return cached;
        }
        Meaning meaning = embed(query.text(), wanted);
        List<String> terms = analyzer.terms(query.text());
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt == TRIES;
            Optional<RecallResult> answer = store.read(view -> live.at(store, view)
                    .or(() -> last ? Optional.of(live.fresh(view)) : Optional.empty())
                    .map(items -> {
                        RecallResult result = new Answer(query, meaning, terms, items, view, now).run();
                        if (meaning.mode() == wanted) {
                            answers.put(key(store, items, query, wanted, now), result);
                        }
                        return result;
                    }));
            if (answer.isPresent()) {
                return answer.get();
            }
        }
    }

    private static CacheKey key(AgentStore store, LiveItems items, RecallQuery query, RecallMode ranking, Instant now) {
        long epoch = query.asOf().isPresent() ? 0 : items.validityEpoch(now);
        return new CacheKey(store, items.change(), epoch, query, ranking);
    }

    private void check(RecallQuery query) {
        if (query.limit() > limits.results()) {
            throw new LimitExceededException("The query asks for %d hits; at most %d are given (limits.results)."
                    .formatted(query.limit(), limits.results()));
        }
        int bytes = query.text().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.queryBytes()) {
            throw new LimitExceededException("The query has %d bytes; at most %d are taken (limits.query-bytes)."
                    .formatted(bytes, limits.queryBytes()));
        }
    }

    private RecallMode rankingFor(RecallMode mode) {
        if (embedder.isPresent() || mode == RecallMode.KEYWORD) {
            return mode;
        }
        if (mode == RecallMode.SEMANTIC) {
            throw new InvalidInputException(
                    "There is no embedding model, so nothing can be ranked by meaning alone; ask in mode keyword, or add the module stele-models.");
        }
        return RecallMode.KEYWORD;
    }

    private Meaning embed(String text, RecallMode mode) {
        if (embedder.isEmpty()) {
            return new Meaning(RecallMode.KEYWORD, null, Optional.of(NO_MODEL));
        }
        if (mode == RecallMode.KEYWORD) {
            return new Meaning(mode, null, Optional.empty());
        }
        try {
            return new Meaning(mode, embedder.get().embed(List.of(text)).getFirst(), Optional.empty());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the embedding model failed on a query", e);
            return new Meaning(
                    RecallMode.KEYWORD,
                    null,
                    Optional.of("The embedding model failed, so this was ranked by words alone: " + e.getMessage()));
        }
    }

    private List<String> nameOf(String speaker) {
        return names.get(speaker, analyzer::terms);
    }

    /** Lets go of what belongs to a store that is closed. */
    public void drop(AgentStore store) {
        live.drop(store);
        answers.drop(key -> key.store().equals(store));
    }

    /** One query at one moment. */
    private final class Answer {
        private final RecallQuery query;
        private final Meaning meaning;
        private final List<String> terms;
        private final StoreView view;
        private final Instant now;
        private final Optional<ArchivedItems> archived;
        private final LiveItems items;

        Answer(RecallQuery query, Meaning meaning, List<String> terms, LiveItems live, StoreView view, Instant now) {
            this.query = query;
            this.meaning = meaning;
            this.terms = terms;
            this.view = view;
            this.now = now;
            this.archived = query.filter().archived()
                    ? Optional.of(ArchivedItems.read(view, indexer, terms))
                    : Optional.empty();
            this.items = archived.map(old -> old.with(live)).orElse(live);
        }

        RecallResult run() {
            Function<String, Postings> postings = term ->
                    archived.map(old -> old.with(term, view.postings(term))).orElseGet(() -> view.postings(term));
            BitSet candidates = candidates();
            var fusion = new Fusion(candidates, items.size(), query.weights());
            // Words are looked up in semantic mode too: they say what a hit has in common with the query.
            KeywordScores words = KeywordScores.of(items, terms, Recall.this::nameOf, postings);
            if (meaning.mode() != RecallMode.SEMANTIC) {
                fusion.add(Fusion.Signal.WINDOW, words.window);
                float[] turn = fusion.add(Fusion.Signal.TURN, words.turn);
                fusion.add(Fusion.Signal.SESSION, words.session);
                fusion.add(Fusion.Signal.NEXT_TURN, Fusion.beside(items, turn, 1));
            }
            fusion.add(Fusion.Signal.SPEAKER, words.speaker);
            addTraits(fusion);
            float[] vector = meaning.vector();
            float[] near = vector == null ? null : items.similarities(vector);
            if (near != null) {
                float[] meant = fusion.add(Fusion.Signal.MEANING, near);
                fusion.add(Fusion.Signal.AFTER, Fusion.beside(items, meant, 1));
                fusion.add(Fusion.Signal.TOPIC, Fusion.topic(items, near));
            }
            int[] best = fusion.best(items, worthy(candidates, words, near), query.limit());
            List<Hit> hits = new HitReader(view, query, items, archived)
                    .read(
                            best,
                            position -> new HitReader.Reasons(
                                    fusion.score(position),
                                    words.words(position),
                                    query.explain() ? fusion.explain(position) : java.util.Map.of()));
            return new RecallResult(hits, meaning.mode(), meaning.notice(), items.change());
        }

        private void addTraits(Fusion fusion) {
            int size = items.size();
            var length = new float[size];
            var asks = new float[size];
            var answers = new float[size];
            var time = new float[size];
            boolean wantsTime = Traits.asksForTime(query.text());
            for (int i = 0; i < size; i++) {
                ItemRow item = items.get(i);
                int words = Math.max(0, item.length() - CONTEXT_TERMS);
                length[i] = words < LENGTHS.length ? LENGTHS[words] : 1;
                asks[i] = (item.traits() & Traits.ASKS) != 0 ? 1 : 0;
                answers[i] = items.neighbours(i, i - 1) && (items.get(i - 1).traits() & Traits.ASKS) != 0 ? 1 : 0;
                time[i] = wantsTime && (item.traits() & Traits.TELLS_TIME) != 0 ? 1 : 0;
            }
            fusion.add(Fusion.Signal.LENGTH, length);
            fusion.add(Fusion.Signal.ASKS, asks);
            fusion.add(Fusion.Signal.ANSWERS, answers);
            if (wantsTime) {
                fusion.add(Fusion.Signal.TIME, time);
            }
        }

        private BitSet candidates() {
            Instant time = query.asOf().orElse(now);
            var passing = new BitSet(items.size());
            for (int i = 0; i < items.size(); i++) {
                if (query.filter().passes(items.get(i), time, query.asOf().isPresent())) {
                    passing.set(i);
                }
            }
            return passing;
        }

        private BitSet worthy(BitSet candidates, KeywordScores words, float @Nullable [] near) {
            var worthy = new BitSet(items.size());
            for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
                boolean byWord = meaning.mode() != RecallMode.SEMANTIC && words.meets(i);
                if (byWord || Fusion.at(near, i) >= floor) {
                    worthy.set(i);
                }
            }
            return worthy;
        }
    }
}
