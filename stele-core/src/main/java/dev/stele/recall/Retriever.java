package dev.stele.recall;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Analyzers;
import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.concurrent.WorkBudget;
import dev.stele.embedding.Embedder;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.Indexer;
import dev.stele.index.SnapshotCache;
import dev.stele.index.SnapshotCache.Model;
import dev.stele.io.Secrets;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.store.AgentStore;
import dev.stele.store.GraphScope;
import dev.stele.store.StoreView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Retriever that answers recall queries from the memory of an agent; the counterpart of Lucene's IndexSearcher. A first
 * read transaction looks for a cached result and reads the names of the speakers. The query is then embedded outside
 * any transaction, because the embedding model may be slow. A second read transaction sees the memory at one point in
 * time, brings the index snapshot of the live items up to that point, scores the items and reads the texts of the best
 * ones. Nothing is written.
 *
 * <p>Results are cached under the number of the latest change. A cached result is therefore never older than the
 * memory, whichever process wrote last.
 *
 * <p>The caller calls {@link #drop} when a store is closed. Thread-safe; the model is called under no lock.
 */
public final class Retriever {

    private static final System.Logger LOG = System.getLogger(Retriever.class.getName());

    private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

    /** Maximum number of quoted phrases in a query; each is looked up in the keyword index. */
    private static final int MAX_PHRASES = 32;

    /**
     * Maximum number of terms in a phrase; the keyword index compares the positions of the terms in time that grows
     * with the product of their numbers.
     */
    private static final int MAX_PHRASE_TERMS = 128;

    /**
     * Maximum number of read transactions that are tried for one snapshot; the last one reads the live items without
     * the cache if necessary.
     */
    private static final int MAX_ATTEMPTS = 4;

    /** Maximum number of speaker names whose terms are cached. */
    private static final int MAX_CACHED_NAMES = 10_000;

    private static final String NO_MODEL =
            "There is no embedding model, so this was ranked by words alone; add the module stele-models to rank by meaning too.";

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
    private final BudgetedCache<CacheKey, RecallResult> results;
    private final PostingsCache postings;
    private final QueryEmbeddings queryEmbeddings = new QueryEmbeddings();

    /** Terms of speaker names. */
    private final Cache<Name, List<String>> nameTerms = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED_NAMES)
            .executor(Runnable::run)
            .build();

    /**
     * Cache key: all inputs that a result depends on. The current time enters only through the validity epoch (the
     * number of validity bounds that have passed) and through the time ranges that the query names.
     */
    private record CacheKey(
            AgentStore store,
            long change,
            Model model,
            long validityEpoch,
            List<TimeExpressions.Range> times,
            RecallQuery query,
            RecallMode ranking) {}

    private record Name(Analyzer analyzer, String speaker) {}

    /**
     * Semantic part of a query.
     *
     * @param mode mode in which the query is ranked; {@link RecallMode#KEYWORD} if there is no vector, whatever the
     *     query asked for
     * @param vector embedding of the query, or null to rank by terms alone
     * @param floor minimum cosine; an item below it that shares no term with the query would only pad the result
     * @param notice reason why there is no vector, if the caller has to know it
     */
    private record Meaning(RecallMode mode, float @Nullable [] vector, float floor, Optional<String> notice) {
        /** Returns the semantic part of a query that is ranked by terms alone. */
        static Meaning none(RecallMode mode, Optional<String> notice) {
            return new Meaning(mode, null, Float.POSITIVE_INFINITY, notice);
        }
    }

    /**
     * Relative time expression ("two weeks before the trip") with the semantic part of the event that it is relative
     * to.
     */
    private record Anchor(TimeExpressions.Hanging time, Meaning meaning) {}

    /**
     * Analyzed query: everything that is derived from the text before the items are scored.
     *
     * @param terms terms of the keyword index
     * @param phrases terms of each quoted phrase
     * @param meaning semantic part
     * @param times time ranges that the text names by themselves
     * @param anchor relative time expression, if the text contains one
     */
    private record Asked(
            List<String> terms,
            List<List<String>> phrases,
            Meaning meaning,
            List<TimeExpressions.Range> times,
            Optional<Anchor> anchor) {}

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
    private static int weight(CacheKey key, RecallResult answer) {
        int bytes = 500 + 2 * key.query().text().length();
        for (Hit hit : answer.hits()) {
            bytes += 500 + 2 * hit.content().length();
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
        Instant now = Instant.now();
        RecallMode ranking = rankingFor(query.mode());
        List<TimeExpressions.Range> times =
                TimeExpressions.of(query.text(), query.asOf().orElse(now));
        Analyzer analyzer = analyzers.of(store.agent());
        List<String> terms = analyzer.queryTerms(query.text());
        record Start(Optional<Embedder> serving, Optional<RecallResult> cached, String question, List<String> voices) {}
        Start start = withSnapshot(store, this::activeEmbedder, (view, items, serving) -> {
            Optional<RecallResult> cached = results.get(key(store, items, query, ranking, serving, times, now));
            List<String> voices = items.voices();
            // Ranking by terms alone needs no embedding.
            String question = cached.isPresent() || ranking == RecallMode.KEYWORD
                    ? query.text()
                    : stripSpeakerNames(analyzer, query.text(), terms, voices);
            if (cached.isEmpty()
                    && serving.filter(model -> queryEmbeddings.isPending(model, question))
                            .isPresent()) {
                // The model is still computing the vector: postings that are read now only have to be updated
                // afterwards.
                postings.prepare(store, view, items, terms);
            }
            return new Start(serving, cached, question, voices);
        });
        if (start.cached().isPresent()) {
            return start.cached().get();
        }
        Optional<Embedder> serving = start.serving();
        var asked = new Asked(
                terms,
                phrases(analyzer, query.text()),
                embed(serving, start.question(), ranking),
                times,
                TimeExpressions.hanging(query.text()).map(time -> {
                    String event =
                            stripSpeakerNames(analyzer, time.what(), analyzer.queryTerms(time.what()), start.voices());
                    return new Anchor(time, embed(serving, event, ranking));
                }));
        return withSnapshot(store, _ -> serving, (view, items, _) -> {
            RecallResult result = answer(store, query, asked, items, view, now);
            // Uses of notes have no change number, so a result that depends on them cannot be cached under one.
            if (asked.meaning().mode() == ranking && !query.countsUses()) {
                results.put(key(store, items, query, ranking, serving, times, now), result);
            }
            return result;
        });
    }

    /** Function of a read transaction, the index snapshot at its point in time and the serving model. */
    private interface Look<T> {
        T at(StoreView view, IndexSnapshot items, Optional<Embedder> serving);
    }

    /**
     * Applies a function to the index snapshot at the point in time of a read transaction. If later changes have
     * evicted that snapshot from the cache, a newer transaction is tried; the last attempt reads the live items without
     * the cache.
     *
     * @param model returns the model that serves the transaction
     */
    private <T> T withSnapshot(AgentStore store, Function<StoreView, Optional<Embedder>> model, Look<T> look) {
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt == MAX_ATTEMPTS;
            Optional<T> result = store.read(view -> {
                Optional<Embedder> serving = model.apply(view);
                return snapshots
                        .at(store, view, Model.of(serving))
                        .or(() ->
                                last ? Optional.of(snapshots.fresh(store, view, Model.of(serving))) : Optional.empty())
                        .map(items -> look.at(view, items, serving));
            });
            if (result.isPresent()) {
                return result.get();
            }
        }
    }

    /**
     * Returns the terms of each phrase in double quotes.
     *
     * @throws LimitExceededException if there are more than {@link #MAX_PHRASES} phrases, or one has more than {@link
     *     #MAX_PHRASE_TERMS} terms
     */
    private static List<List<String>> phrases(Analyzer analyzer, String text) {
        List<List<String>> phrases = QUOTED.matcher(text)
                .results()
                .map(quoted -> analyzer.terms(quoted.group(1)))
                .filter(terms -> !terms.isEmpty())
                .distinct()
                .limit(MAX_PHRASES + 1L)
                .toList();
        if (phrases.size() > MAX_PHRASES
                || phrases.stream().mapToInt(List::size).max().orElse(0) > MAX_PHRASE_TERMS) {
            throw new LimitExceededException(
                    "The query quotes more than %d phrases, or one of more than %d words; quote less, or leave out the quotes."
                            .formatted(MAX_PHRASES, MAX_PHRASE_TERMS));
        }
        return phrases;
    }

    private static CacheKey key(
            AgentStore store,
            IndexSnapshot items,
            RecallQuery query,
            RecallMode ranking,
            Optional<Embedder> serving,
            List<TimeExpressions.Range> times,
            Instant now) {
        long epoch = query.asOf().isPresent() ? 0 : items.validityEpoch(now);
        return new CacheKey(store, items.change(), Model.of(serving), epoch, times, query, ranking);
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
            Analyzer analyzer = analyzers.of(store.agent());
            List<String> voices =
                    snapshots.latest(store).map(IndexSnapshot::voices).orElse(List.of());
            queryEmbeddings.prefetch(model, stripSpeakerNames(analyzer, text, analyzer.queryTerms(text), voices));
        });
    }

    /**
     * Returns the text of a question to embed: the question without the names of speakers, because the speaker is a
     * ranking feature of its own.
     *
     * @param asked terms of the question
     * @param voices names of all speakers of messages
     * @return the question itself if all of its terms belong to names of speakers
     */
    private String stripSpeakerNames(Analyzer analyzer, String question, List<String> asked, List<String> voices) {
        Set<String> terms = Set.copyOf(asked);
        List<String> names = SpeakerNames.named(voices, terms, voice -> nameOf(analyzer, voice));
        Set<String> ofNames =
                names.stream().flatMap(name -> nameOf(analyzer, name).stream()).collect(Collectors.toSet());
        return ofNames.containsAll(terms) ? question : SpeakerNames.of(question, names);
    }

    /** Embeds a text; falls back to ranking by terms, with a notice, if there is no model or the model fails. */
    private Meaning embed(Optional<Embedder> embedder, String text, RecallMode mode) {
        if (embedder.isEmpty()) {
            return Meaning.none(RecallMode.KEYWORD, Optional.of(NO_MODEL));
        }
        if (mode == RecallMode.KEYWORD) {
            return Meaning.none(mode, Optional.empty());
        }
        try {
            return new Meaning(
                    mode,
                    queryEmbeddings.of(embedder.get(), text),
                    embedder.get().floor(),
                    Optional.empty());
        } catch (RuntimeException e) {
            String why = Secrets.hide(String.valueOf(e.getMessage()));
            LOG.log(System.Logger.Level.WARNING, "a question goes by words alone: {0}", why);
            return Meaning.none(
                    RecallMode.KEYWORD,
                    Optional.of("The embedding model failed, so this was ranked by words alone: " + why));
        }
    }

    /** Returns the terms of a speaker's name. */
    private List<String> nameOf(Analyzer analyzer, String speaker) {
        return nameTerms.get(
                new Name(analyzer, speaker), name -> name.analyzer().terms(name.speaker()));
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

    /**
     * Answers an analyzed query inside one read transaction: filter, postings, relative time, phrases, keyword scores,
     * graph activation, ranking, texts.
     *
     * @param current snapshot of the live items at the point in time of {@code view}
     * @param now time at which validity is checked, unless the query has its own
     */
    private RecallResult answer(
            AgentStore store, RecallQuery query, Asked asked, IndexSnapshot current, StoreView view, Instant now) {
        Optional<ArchivedItems> archived = query.filter().archived()
                ? Optional.of(ArchivedItems.read(store.agent(), view, indexer, asked.terms()))
                : Optional.empty();
        IndexSnapshot items = archived.map(old -> old.with(current)).orElse(current);
        BitSet passing = query.filter()
                .passing(
                        items,
                        query.asOf().orElse(now),
                        query.asOf().isPresent(),
                        query.filter()
                                .audience()
                                .map(user -> Set.copyOf(view.roomsOf(user)))
                                .orElse(Set.of()));
        Function<String, Postings> occurrences = postings.at(store, view, current);
        var times = new ArrayList<>(asked.times());
        asked.anchor().ifPresent(anchor -> {
            List<String> terms =
                    analyzers.of(store.agent()).queryTerms(anchor.time().what());
            Ranker first = rank(
                    query,
                    items,
                    passing,
                    anchor.meaning(),
                    words(store, query, items, passing, terms, occurrences),
                    List.of(),
                    SpreadingActivation.NONE,
                    null,
                    view);
            first.best()
                    .ifPresent(ordinal -> times.add(anchor.time().from(Instant.ofEpochMilli(items.millis(ordinal)))));
        });
        BitSet quoted = null;
        for (List<String> phrase : asked.phrases()) {
            WorkBudget.checkpoint();
            BitSet holders = holders(items, view.phrase(phrase), archived.map(old -> old.phrase(phrase)));
            if (quoted == null) {
                quoted = holders;
            } else {
                quoted.and(holders);
            }
        }
        if (quoted != null && asked.meaning().mode() == RecallMode.KEYWORD) {
            passing.and(quoted);
        }
        // Terms are looked up in semantic mode too: a hit lists the terms that it shares with the query.
        Bm25Scorer words = words(store, query, items, passing, asked.terms(), term -> {
            Postings found = occurrences.apply(term);
            return archived.map(old -> old.with(term, found, items)).orElse(found);
        });
        SpreadingActivation graph = SpreadingActivation.of(
                view,
                query.asOf().map(GraphScope::asOf).orElse(GraphScope.validAt(now)),
                analyzers.of(store.agent()),
                query.text(),
                items);
        Ranker answer = rank(query, items, passing, asked.meaning(), words, times, graph, quoted, view);
        HitReader.Found found = new HitReader(view, query, items, archived)
                .read(answer.ranked(query), ranked -> answer.reasons(ranked, query.explain()));
        Meaning meaning = asked.meaning();
        return new RecallResult(found.hits(), meaning.mode(), meaning.notice(), found.tokens(), items.change());
    }

    private Bm25Scorer words(
            AgentStore store,
            RecallQuery query,
            IndexSnapshot items,
            BitSet passing,
            List<String> terms,
            Function<String, Postings> holders) {
        Analyzer analyzer = analyzers.of(store.agent());
        return new Bm25Scorer(items, passing, query.limit(), terms, name -> nameOf(analyzer, name), holders);
    }

    private Ranker rank(
            RecallQuery query,
            IndexSnapshot items,
            BitSet passing,
            Meaning meaning,
            Bm25Scorer words,
            List<TimeExpressions.Range> times,
            SpreadingActivation graph,
            @Nullable BitSet quoted,
            StoreView view) {
        float[] vector = meaning.vector();
        return new Ranker(
                items,
                query,
                words,
                meaning.mode() != RecallMode.SEMANTIC,
                vector == null ? null : items.nearest(vector, passing, query.limit()),
                passing,
                meaning.floor(),
                times,
                graph,
                quoted,
                notes -> view.reflection().uses(notes));
    }

    /**
     * Returns the ordinals of items that contain a phrase, given their item numbers; numbers not in the snapshot are
     * ignored.
     */
    private static BitSet holders(IndexSnapshot items, long[] live, Optional<long[]> archived) {
        var holders = new BitSet(items.size());
        LongStream.concat(LongStream.of(live), archived.stream().flatMapToLong(LongStream::of))
                .mapToInt(items::slotOf)
                .filter(ordinal -> ordinal != IndexSnapshot.NONE)
                .forEach(holders::set);
        return holders;
    }
}
