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
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
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

    private static final int MOST_NAMES = 10_000;

    private static final String NO_MODEL =
            "There is no embedding model, so this was ranked by words alone; add the module stele-models to rank by meaning too.";

    private final Analyzer analyzer;
    private final Indexer indexer;
    private final Optional<Embedder> embedder;
    private final LiveIndex live;
    private final Limits limits;
    private final Charged<CacheKey, RecallResult> answers;
    private final TermPostings postings;
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
     * @param cacheBytes heap that cached answers and occurrences of words may take
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
        this.answers = new Charged<>(cacheBytes / 3 * 2, arena, Recall::weight);
        this.postings = new TermPostings(cacheBytes / 3, arena);
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
        Optional<RecallResult> cached =
                store.read(view -> answers.get(key(store, live.at(store, view), query, wanted, now)));
        if (cached.isPresent()) {
            return cached.get();
        }
        Meaning meaning = embed(query.text(), wanted);
        List<String> terms = analyzer.terms(query.text());
        return store.read(view -> {
            RecallResult result = answer(store, query, meaning, terms, view, now);
            if (meaning.mode() == wanted) {
                answers.put(key(store, live.at(store, view), query, wanted, now), result);
            }
            return result;
        });
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
        postings.drop(store);
    }

    /** Saves what questions to an agent are answered from, if that is worth it. */
    public void save(AgentStore store) {
        live.save(store);
    }

    private RecallResult answer(
            AgentStore store, RecallQuery query, Meaning meaning, List<String> terms, StoreView view, Instant now) {
        LiveItems current = live.at(store, view);
        Optional<ArchivedItems> archived =
                query.filter().archived() ? Optional.of(ArchivedItems.read(view, indexer, terms)) : Optional.empty();
        LiveItems items = archived.map(old -> old.with(current)).orElse(current);
        BitSet passing = query.filter()
                .passing(items, query.asOf().orElse(now), query.asOf().isPresent());
        // Words are looked up in semantic mode too: they say what a hit has in common with the query.
        KeywordScores words = KeywordScores.of(items, terms, this::nameOf, term -> {
            long[] found = postings.of(store, view, current, term);
            return archived.map(old -> old.with(term, found)).orElse(found);
        });
        float[] vector = meaning.vector();
        var answer = new Answer(
                items,
                query,
                words,
                meaning.mode() != RecallMode.SEMANTIC,
                vector == null ? null : items.nearest(vector, passing),
                passing,
                floor);
        List<Hit> hits = new HitReader(view, query, items, archived)
                .read(answer.ranked(query.limit()), ranked -> answer.reasons(ranked, query.explain()));
        return new RecallResult(hits, meaning.mode(), meaning.notice(), items.change());
    }
}
