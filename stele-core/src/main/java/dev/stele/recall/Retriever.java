package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Analyzers;
import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.embedding.Embedder;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.Indexer;
import dev.stele.index.SnapshotCache;
import dev.stele.index.SnapshotCache.Model;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Retriever that answers recall queries from the memory of an agent; the counterpart of Lucene's IndexSearcher. A first
 * read transaction looks for a cached result and reads the names of the speakers. The query is then embedded outside
 * any transaction, because the embedding model may be slow. A second read transaction sees the memory at one point in
 * time and brings the index snapshot of the live items up to that point. Then the query passes a pipeline: {@link
 * AnalyzedQuery}, {@link Candidates}, {@link Ranking}, {@link HitReader}. Nothing is written.
 *
 * <p>Results are cached with the number of the latest change. A cached result is used only if that is the latest one, so
 * it is never older than the memory, whichever process wrote last.
 *
 * <p>The caller calls {@link #drop} when a store is closed. Thread-safe; the model is called under no lock.
 */
public final class Retriever {

    /**
     * Maximum number of read transactions that are tried for one snapshot; the last one reads the live items without
     * the cache if necessary.
     */
    private static final int MAX_ATTEMPTS = 4;

    private final Analyzers analyzers;
    private final Indexer indexer;
    private final Optional<Embedder> embedder;
    /**
     * Function that returns an embedding model that was in use before, by its name; empty if it is no longer available.
     */
    private final Function<String, Optional<Embedder>> previousEmbedders;

    /** Results of {@link #previousEmbedders}, by model name. */
    private final ConcurrentHashMap<String, Optional<Embedder>> previousByModel = new ConcurrentHashMap<>();

    private final SnapshotCache snapshots;
    private final Limits limits;
    private final BudgetedCache<CacheKey, CachedResult> results;
    private final PostingsCache postings;
    private final QueryAnalyzer queries = new QueryAnalyzer();

    /** Cache key: what a caller asks. There is one result for it: a later one replaces it. */
    private record CacheKey(AgentStore store, RecallQuery query, RecallMode ranking) {}

    /**
     * Cached result with what it depends on besides the query and the changes of the memory. The current time enters
     * only through the validity epoch (the number of validity bounds that have passed) and through the time ranges that
     * the query names.
     *
     * @param model model of the vectors
     * @param validityEpoch validity epoch of the snapshot at the time of the query
     * @param times time ranges that the query names
     * @param result result
     */
    private record CachedResult(
            Model model, long validityEpoch, List<TimeExpressions.Range> times, RecallResult result) {

        static CachedResult of(
                RecallResult result, IndexSnapshot items, QueryAnalyzer.Parsed parsed, Optional<Embedder> model) {
            return new CachedResult(Model.of(model), epoch(items, parsed), parsed.times(), result);
        }

        /** Returns whether the same query, asked of a snapshot now, has this result. */
        boolean holds(IndexSnapshot items, QueryAnalyzer.Parsed parsed, Optional<Embedder> current) {
            return result.change() == items.change()
                    && validityEpoch == epoch(items, parsed)
                    && times.equals(parsed.times())
                    && model.equals(Model.of(current));
        }

        private static long epoch(IndexSnapshot items, QueryAnalyzer.Parsed parsed) {
            return parsed.query().asOf().isPresent() ? 0 : items.validityEpoch(parsed.time());
        }
    }

    /**
     * Creates a retriever.
     *
     * @param analyzers text analyzers, by agent
     * @param indexer analyzer of items that are not in the keyword index
     * @param embedder current embedding model; empty to rank by terms alone
     * @param previousEmbedders returns an embedding model that was in use before, by its name; called under no lock
     * @param snapshots cache of index snapshots
     * @param limits limits on the size of a query and on the number of hits
     * @param answerBytes maximum heap of cached results, in bytes
     * @param wordBytes maximum heap of cached postings, in bytes
     * @param arena arena whose budget both caches are counted in
     */
    public Retriever(
            Analyzers analyzers,
            Indexer indexer,
            Optional<Embedder> embedder,
            Function<String, Optional<Embedder>> previousEmbedders,
            SnapshotCache snapshots,
            Limits limits,
            long answerBytes,
            long wordBytes,
            TypedArena arena) {
        this.analyzers = analyzers;
        this.indexer = indexer;
        this.embedder = embedder;
        this.previousEmbedders = previousEmbedders;
        this.snapshots = snapshots;
        this.limits = limits;
        this.results = new BudgetedCache<>(answerBytes, arena, Retriever::weight);
        this.postings = new PostingsCache(indexer, wordBytes, arena);
    }

    /** Returns the estimated heap size of a cache entry, in bytes. */
    private static int weight(CacheKey key, CachedResult answer) {
        int bytes = 500 + 2 * key.query().text().length();
        for (Hit hit : answer.result().hits()) {
            bytes += 700
                    + 2 * hit.content().length()
                    + 64 * hit.signals().size()
                    + 100 * hit.sources().size()
                    + 160 * hit.duplicates().size();
        }
        return bytes;
    }

    /**
     * Recalls the items that best answer a query.
     *
     * @param store open store of the agent
     * @param query query to answer
     * @return hits, the best first, with the mode in which they were ranked
     * @throws LimitExceededException if the query exceeds a limit on its length, hits or quoted phrases
     * @throws InvalidInputException if the query asks for semantic mode and there is no embedding model
     */
    public RecallResult recall(AgentStore store, RecallQuery query) {
        check(query);
        Instant now = query.asOf().orElseGet(Instant::now);
        QueryAnalyzer.Parsed parsed =
                QueryAnalyzer.parse(query, now, analyzers.of(store.agent()), rankingFor(query.mode()));
        record Start(Optional<Embedder> model, List<String> speakers, Optional<RecallResult> cached) {}
        Start start = withSnapshot(store, this::activeEmbedder, (view, items, model) -> {
            Optional<RecallResult> cached = results.get(key(store, parsed))
                    .filter(found -> found.holds(items, parsed, model))
                    .map(CachedResult::result);
            List<String> speakers = items.messageSpeakers();
            if (cached.isEmpty()
                    && model.filter(embedding -> queries.isPending(parsed, speakers, embedding))
                            .isPresent()) {
                // The model is still computing the vector: postings that are read now only have to be updated
                // afterwards.
                postings.prepare(store, view, items, parsed.terms());
            }
            return new Start(model, speakers, cached);
        });
        if (start.cached().isPresent()) {
            return start.cached().get();
        }
        AnalyzedQuery analyzed = queries.analyze(parsed, start.speakers(), start.model());
        return withSnapshot(store, _ -> start.model(), (view, items, model) -> {
            RecallResult result = search(analyzed, scope(store, view, items, analyzed), items.change());
            // Uses of notes have no change number, so a result that depends on them cannot be cached with one.
            if (analyzed.mode() == parsed.mode() && !query.countsUses()) {
                results.put(key(store, parsed), CachedResult.of(result, items, parsed, model));
            }
            return result;
        });
    }

    /**
     * Searches a scope for the items that best answer a query.
     *
     * @param query analyzed query
     * @param scope items to search
     * @param change number of the latest change that the scope contains
     */
    private static RecallResult search(AnalyzedQuery query, SearchScope scope, long change) {
        AnalyzedQuery dated = withTimeOfEvent(query, scope);
        Candidates candidates = Candidates.of(dated, scope);
        Ranking ranking = new Ranking(dated, candidates);
        HitReader.Found hits = new HitReader(dated, candidates.scope()).read(ranking);
        boolean archivedNotSearched = scope.archived().isEmpty() && scope.view().hasArchived();
        return new RecallResult(hits.hits(), dated.mode(), dated.notice(), hits.tokens(), archivedNotSearched, change);
    }

    /** Resolves the relative time expression of a query, if it has one, by the time of the item that best matches. */
    private static AnalyzedQuery withTimeOfEvent(AnalyzedQuery query, SearchScope scope) {
        if (query.event().isEmpty()) {
            return query;
        }
        AnalyzedQuery.Event event = query.event().get();
        AnalyzedQuery forEvent = query.forEvent(event);
        OptionalInt best = new Ranking(forEvent, Candidates.of(forEvent, scope)).best();
        return best.isEmpty()
                ? query
                : query.with(event.expression()
                        .from(Instant.ofEpochMilli(scope.items().millis(best.getAsInt()))));
    }

    /**
     * Returns what a query searches: the live items that pass the filter, and archived ones if the query includes them.
     *
     * @param live snapshot of the live items at the point in time of {@code view}
     */
    private SearchScope scope(AgentStore store, StoreView view, IndexSnapshot live, AnalyzedQuery analyzed) {
        RecallQuery query = analyzed.query();
        Analyzer analyzer = analyzers.of(store.agent());
        Optional<ArchivedItems> archived = query.filter().archived()
                ? Optional.of(ArchivedItems.read(store.agent(), view, indexer, analyzed.terms()))
                : Optional.empty();
        IndexSnapshot items = archived.map(old -> old.with(live)).orElse(live);
        Function<String, Postings> livePostings = postings.at(store, view, live);
        return new SearchScope(
                view,
                items,
                query.filter()
                        .passing(
                                items,
                                analyzed.time(),
                                query.asOf().isPresent(),
                                Audience.sharedRooms(view, query.filter().audience())),
                archived,
                analyzer,
                speaker -> queries.nameTerms(analyzer, speaker),
                archived.<Function<String, Postings>>map(old -> term -> old.with(term, livePostings.apply(term), items))
                        .orElse(livePostings));
    }

    /** Function of a read transaction, the index snapshot at its point in time and the serving model. */
    private interface SnapshotFunction<T> {
        T apply(StoreView view, IndexSnapshot items, Optional<Embedder> model);
    }

    /**
     * Applies a function to the index snapshot at the point in time of a read transaction. If later changes have
     * evicted that snapshot from the cache, a newer transaction is tried; the last attempt reads the live items without
     * the cache.
     *
     * @param model returns the model that serves the transaction
     */
    private <T> T withSnapshot(
            AgentStore store, Function<StoreView, Optional<Embedder>> model, SnapshotFunction<T> function) {
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt == MAX_ATTEMPTS;
            Optional<T> result = store.read(view -> {
                Optional<Embedder> embedding = model.apply(view);
                return snapshots
                        .at(store, view, Model.of(embedding))
                        .or(() -> last
                                ? Optional.of(snapshots.fresh(store, view, Model.of(embedding)))
                                : Optional.empty())
                        .map(items -> function.apply(view, items, embedding));
            });
            if (result.isPresent()) {
                return result.get();
            }
        }
    }

    private static CacheKey key(AgentStore store, QueryAnalyzer.Parsed parsed) {
        return new CacheKey(store, parsed.query(), parsed.mode());
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

    /** Returns the mode in which a query can be ranked: hybrid falls back to keyword if there is no embedding model. */
    private RecallMode rankingFor(RecallMode mode) {
        if (embedder.isPresent() || mode == RecallMode.KEYWORD || mode == RecallMode.GRAPH) {
            return mode;
        }
        if (mode == RecallMode.SEMANTIC) {
            throw new InvalidInputException(
                    "There is no embedding model, so nothing can be ranked by meaning alone; ask in mode keyword, or add the module stele-models.");
        }
        return RecallMode.KEYWORD;
    }

    /**
     * Returns the model whose vectors are searched. While the vectors of a new model are computed, this is the previous
     * model, if it is still available.
     */
    private Optional<Embedder> activeEmbedder(StoreView view) {
        String model = view.servingModel();
        boolean differs = embedder.isPresent()
                && !model.isEmpty()
                && !model.equals(embedder.get().model());
        return differs ? previousEmbedder(model).or(() -> embedder) : embedder;
    }

    private Optional<Embedder> previousEmbedder(String model) {
        Optional<Embedder> cached = previousByModel.get(model);
        if (cached == null) {
            // The function is the caller's, so it is called under no lock; concurrent calls return the same model.
            cached = previousEmbedders.apply(model);
            previousByModel.put(model, cached);
        }
        return cached;
    }

    /**
     * Announces a query that will follow soon. If the model is loaded, the embedding of the query is computed in the
     * background; the store is not read, and the call does not wait for the model.
     *
     * @param store open store of the agent
     * @param text text of the expected query
     */
    public void prefetch(AgentStore store, String text) {
        embedder.filter(Embedder::ready).ifPresent(model -> {
            List<String> speakers =
                    snapshots.latest(store).map(IndexSnapshot::messageSpeakers).orElse(List.of());
            queries.prefetch(analyzers.of(store.agent()), text, speakers, model);
        });
    }

    /**
     * Removes all cached data of a store that is closed.
     *
     * @param store store that is closed
     */
    public void drop(AgentStore store) {
        snapshots.drop(store);
        results.drop(key -> key.store().equals(store));
        postings.drop(store);
    }

    /**
     * Saves the vectors of an agent if the agent has many and their file does not contain most of them.
     *
     * @param store open store of the agent
     */
    public void save(AgentStore store) {
        snapshots.save(store);
    }

    /** Returns the agents that have enough vectors for an HNSW graph but no graph yet. */
    public List<AgentName> withoutGraph() {
        return snapshots.withoutGraph();
    }

    /**
     * Builds the HNSW graph of an agent; see {@link SnapshotCache#makeGraph}.
     *
     * @param store open store of the agent
     * @param time returns whether there is time left; called often
     */
    public void makeGraph(AgentStore store, BooleanSupplier time) {
        snapshots.makeGraph(store, time);
    }
}
