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
 * Answers queries. The query is embedded first, outside any transaction; then one read transaction sees one moment of
 * the memory, brings the picture of live items up to it, scores, and fetches the texts of the best. Nothing is written.
 *
 * <p>Answers are cached under the number of the latest change, so an answer is never older than the memory, whichever
 * process wrote last. Thread-safe.
 */
public final class Retriever {

    private static final System.Logger LOG = System.getLogger(Retriever.class.getName());

    private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

    /** Maximum number of quoted phrases in a query; each is looked up in the keyword index. */
    private static final int MAX_PHRASES = 32;

    /** Maximum number of terms in a phrase; the keyword index compares their positions in time that grows with their product. */
    private static final int MAX_PHRASE_TERMS = 128;

    private static final int TRIES = 4;
    private static final int MAX_NAMES = 10_000;

    private static final String NO_MODEL =
            "There is no embedding model, so this was ranked by words alone; add the module stele-models to rank by meaning too.";

    private final Analyzers analyzers;
    private final Indexer indexer;
    private final Optional<Embedder> embedder;
    /** Finds models that were in use before, by their names. */
    private final Function<String, Optional<Embedder>> former;

    private final ConcurrentHashMap<String, Optional<Embedder>> formers = new ConcurrentHashMap<>();

    private final SnapshotCache live;
    private final Limits limits;
    private final BudgetedCache<CacheKey, RecallResult> answers;
    private final PostingsCache postings;
    private final QueryEmbeddings questions = new QueryEmbeddings();

    private final Cache<Name, List<String>> names =
            Caffeine.newBuilder().maximumSize(MAX_NAMES).executor(Runnable::run).build();

    /** What an answer depends on. Time enters by the validities that have begun or ended, and by the times that the question names. */
    private record CacheKey(
            AgentStore store,
            long change,
            Model model,
            long validityEpoch,
            List<TimeExpressions.Range> times,
            RecallQuery query,
            RecallMode ranking) {}

    private record Name(Analyzer analyzer, String speaker) {}

    /** The query's vector and the cosine below which an item without a word in common is no answer but padding, or why there is none. */
    private record Meaning(RecallMode mode, float @Nullable [] vector, float floor, Optional<String> notice) {
        /** By words alone. */
        static Meaning none(RecallMode mode, Optional<String> notice) {
            return new Meaning(mode, null, Float.POSITIVE_INFINITY, notice);
        }
    }

    /** A time that hangs on something, and what that means. */
    private record Anchor(TimeExpressions.Hanging time, Meaning meaning) {}

    /** What is known of a question before memory is looked at. */
    private record Asked(
            List<String> terms,
            List<List<String>> phrases,
            Meaning meaning,
            List<TimeExpressions.Range> times,
            Optional<Anchor> anchor) {}

    /**
     * @param answerBytes heap that cached answers may take
     * @param wordBytes heap that occurrences of words may take
     * @param arena where both are booked
     */
    public Retriever(
            Analyzers analyzers,
            Indexer indexer,
            Optional<Embedder> embedder,
            Function<String, Optional<Embedder>> former,
            SnapshotCache live,
            Limits limits,
            long answerBytes,
            long wordBytes,
            TypedArena arena) {
        this.analyzers = analyzers;
        this.indexer = indexer;
        this.embedder = embedder;
        this.former = former;
        this.live = live;
        this.limits = limits;
        this.answers = new BudgetedCache<>(answerBytes, arena, Retriever::weight);
        this.postings = new PostingsCache(indexer, wordBytes, arena);
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
        List<TimeExpressions.Range> times =
                TimeExpressions.of(query.text(), query.asOf().orElse(now));
        Analyzer analyzer = analyzers.of(store.agent());
        List<String> terms = analyzer.asked(query.text());
        record Start(Optional<Embedder> serving, Optional<RecallResult> known, String question, List<String> voices) {}
        Start start = onPicture(store, this::serving, (view, items, serving) -> {
            Optional<RecallResult> known = answers.get(key(store, items, query, wanted, serving, times, now));
            List<String> voices = items.voices();
            // By words alone nothing is embedded.
            String question = known.isPresent() || wanted == RecallMode.KEYWORD
                    ? query.text()
                    : nameless(analyzer, query.text(), terms, voices);
            if (known.isEmpty()
                    && serving.filter(model -> questions.isComing(model, question))
                            .isPresent()) {
                // While the model works: what is looked up now is only brought up to date later.
                postings.prepare(store, view, items, terms);
            }
            return new Start(serving, known, question, voices);
        });
        if (start.known().isPresent()) {
            return start.known().get();
        }
        Optional<Embedder> serving = start.serving();
        var asked = new Asked(
                terms,
                phrases(analyzer, query.text()),
                embed(serving, start.question(), wanted),
                times,
                TimeExpressions.hanging(query.text()).map(time -> {
                    String what = nameless(analyzer, time.what(), analyzer.asked(time.what()), start.voices());
                    return new Anchor(time, embed(serving, what, wanted));
                }));
        return onPicture(store, _ -> serving, (view, items, _) -> {
            RecallResult result = answer(store, query, asked, items, view, now);
            // Uses are no changes, so an answer they count in is not known by the number of one.
            if (asked.meaning().mode() == wanted && !query.countsUses()) {
                answers.put(key(store, items, query, wanted, serving, times, now), result);
            }
            return result;
        });
    }

    /** What is done with a view, its picture and the model that serves. */
    private interface Look<T> {
        T at(StoreView view, IndexSnapshot items, Optional<Embedder> serving);
    }

    /**
     * Looks at a picture of one moment. Others may have gone on so far since a transaction began that its picture is not kept any
     * more; then a newer transaction will do.
     */
    private <T> T onPicture(AgentStore store, Function<StoreView, Optional<Embedder>> model, Look<T> look) {
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt == TRIES;
            Optional<T> seen = store.read(view -> {
                Optional<Embedder> serving = model.apply(view);
                return live.at(store, view, Model.of(serving))
                        .or(() -> last ? Optional.of(live.fresh(store, view, Model.of(serving))) : Optional.empty())
                        .map(items -> look.at(view, items, serving));
            });
            if (seen.isPresent()) {
                return seen.get();
            }
        }
    }

    /** What stands in double quotes, analysed. */
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

    /** The model by whose vectors is recalled: while those of another one are being made it is the former, if that is still there. */
    private Optional<Embedder> serving(StoreView view) {
        String model = view.servingModel();
        boolean other = embedder.isPresent()
                && !model.isEmpty()
                && !model.equals(embedder.get().model());
        return other ? formerOf(model).or(() -> embedder) : embedder;
    }

    private Optional<Embedder> formerOf(String model) {
        Optional<Embedder> known = formers.get(model);
        if (known == null) {
            known = former.apply(model); // a caller's function, so under no lock; two that ask at once find the same
            formers.put(model, known);
        }
        return known;
    }

    /** Says that a question will come soon: what can be made ready without looking at memory is begun, if the model is loaded. */
    public void expect(AgentStore store, String text) {
        embedder.filter(Embedder::ready).ifPresent(model -> {
            Analyzer analyzer = analyzers.of(store.agent());
            List<String> voices = live.latest(store).map(IndexSnapshot::voices).orElse(List.of());
            questions.begin(model, nameless(analyzer, text, analyzer.asked(text), voices));
        });
    }

    /**
     * What is embedded of a question: who is meant is a signal by itself.
     *
     * @param asked its terms
     * @param voices who spoke
     * @return the question itself if it asks for nothing but people
     */
    private String nameless(Analyzer analyzer, String question, List<String> asked, List<String> voices) {
        Set<String> terms = Set.copyOf(asked);
        List<String> names = SpeakerNames.named(voices, terms, voice -> nameOf(analyzer, voice));
        Set<String> ofNames =
                names.stream().flatMap(name -> nameOf(analyzer, name).stream()).collect(Collectors.toSet());
        return ofNames.containsAll(terms) ? question : SpeakerNames.of(question, names);
    }

    private Meaning embed(Optional<Embedder> embedder, String text, RecallMode mode) {
        if (embedder.isEmpty()) {
            return Meaning.none(RecallMode.KEYWORD, Optional.of(NO_MODEL));
        }
        if (mode == RecallMode.KEYWORD) {
            return Meaning.none(mode, Optional.empty());
        }
        try {
            return new Meaning(
                    mode, questions.of(embedder.get(), text), embedder.get().floor(), Optional.empty());
        } catch (RuntimeException e) {
            String why = Secrets.hide(String.valueOf(e.getMessage()));
            LOG.log(System.Logger.Level.WARNING, "a question goes by words alone: {0}", why);
            return Meaning.none(
                    RecallMode.KEYWORD,
                    Optional.of("The embedding model failed, so this was ranked by words alone: " + why));
        }
    }

    private List<String> nameOf(Analyzer analyzer, String speaker) {
        return names.get(new Name(analyzer, speaker), name -> name.analyzer().terms(name.speaker()));
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

    /** Agents whose vectors are so many that a graph should be made over them, and have none. */
    public List<AgentName> withoutGraph() {
        return live.withoutGraph();
    }

    /** Makes that graph; see {@link SnapshotCache#makeGraph}. */
    public void makeGraph(AgentStore store, BooleanSupplier time) {
        live.makeGraph(store, time);
    }

    private RecallResult answer(
            AgentStore store, RecallQuery query, Asked asked, IndexSnapshot current, StoreView view, Instant now) {
        Optional<ArchivedItems> archived = query.filter().archived()
                ? Optional.of(ArchivedItems.read(store.agent(), view, indexer, asked.terms()))
                : Optional.empty();
        IndexSnapshot items = archived.map(old -> old.with(current)).orElse(current);
        BitSet passing = query.filter()
                .passing(items, query.asOf().orElse(now), query.asOf().isPresent());
        Function<String, Postings> occurrences = postings.at(store, view, current);
        var times = new ArrayList<>(asked.times());
        asked.anchor().ifPresent(anchor -> {
            List<String> terms = analyzers.of(store.agent()).asked(anchor.time().what());
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
            first.best().ifPresent(slot -> times.add(anchor.time().from(Instant.ofEpochMilli(items.millis(slot)))));
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
        // Words are looked up in semantic mode too: they say what a hit has in common with the query.
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

    private static BitSet holders(IndexSnapshot items, long[] live, Optional<long[]> archived) {
        var holders = new BitSet(items.size());
        LongStream.concat(LongStream.of(live), archived.stream().flatMapToLong(LongStream::of))
                .mapToInt(items::slotOf)
                .filter(slot -> slot != IndexSnapshot.NONE)
                .forEach(holders::set);
        return holders;
    }
}
