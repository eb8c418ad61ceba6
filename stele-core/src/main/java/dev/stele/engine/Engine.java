package dev.stele.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.analysis.Analyzers;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.ForegroundGate;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.concurrent.WithdrawableFuture;
import dev.stele.config.MemoryBudget;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.Reranker;
import dev.stele.erasure.Erasure;
import dev.stele.extract.Extractor;
import dev.stele.graph.GraphWriter;
import dev.stele.graph.cypher.CypherQuery;
import dev.stele.index.Indexer;
import dev.stele.index.SnapshotCache;
import dev.stele.language.LanguageModel;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.UserContext;
import dev.stele.model.WriterStats;
import dev.stele.recall.Audience;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import dev.stele.recall.Reranking;
import dev.stele.recall.Retriever;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreProvider;
import dev.stele.store.StoreView;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.telemetry.Telemetry;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Engine of one open memory: access to the stores of all agents, and the components that the agents share (indexer,
 * retriever, caches, models). It runs no thread of its own. Thread-safe.
 *
 * <p>Every access to an agent's data goes through {@link #read}, {@link #write} or {@link #withStore}, which borrow the
 * agent's store from the {@link StorePool} for the duration of one call. The caller must close the engine after
 * everything that uses it.
 */
public final class Engine implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Engine.class.getName());

    /** Maximum number of parsed graph queries in the cache; agents repeat queries with other parameters. */
    private static final int MAX_PARSED_QUERIES = 256;

    /** Maximum time that a piece of background work waits for foreground requests; a query takes about as long. */
    private static final Duration MAX_FOREGROUND_WAIT = Duration.ofMillis(20);

    /**
     * Maximum time that a waiting listener holds a store, in milliseconds, so that it does not keep the store open
     * permanently.
     */
    private static final long MAX_STORE_HOLD_MILLIS = 1_000;

    /**
     * Number of changes up to which an erasure waits until the bytes are gone from the files. In a larger memory,
     * rewriting the indexes takes long, and maintenance does it.
     */
    private static final long MAX_CHANGES_SCRUBBED_AT_ONCE = 20_000;

    /** Carries the result of a preview out of an edit, which it rolls back. */
    private static final class Previewed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Erased erased;

        Previewed(Erased erased) {
            super("a preview changes nothing", null, false, false);
            this.erased = erased;
        }
    }

    private final SteleConfig config;
    private final AgentStores stores;
    private final Accounts accounts;
    private final Optional<Embedder> embedder;
    private final Extractor extractor;
    private final LanguageModel language;
    private final Indexer indexer;
    private final Retriever retriever;
    private final Optional<Reranker> reranker;
    private final UserContextCache userContexts;
    private final SegmentCache segments;
    private final StorePool pool;
    private final Cache<String, CypherQuery> parsedQueries;
    private final EmbeddingQueue embeddingQueue;
    private final NoteUsage noteUsage;
    private final ReflectionSignal reflectionSignal;
    private final ForegroundGate foreground;
    private final Set<AgentName> writtenAgents;
    private final Telemetry telemetry;

    /**
     * Accounts of the memory that an engine uses.
     *
     * @param general snapshots and batches in progress
     * @param caches results, postings and user contexts. A separate account: the vectors of a large agent take the whole
     *     budget of index snapshots, and more from the heap. The separate account keeps the share of the caches free
     * @param segments collections of segments
     */
    private record Accounts(ArenaAccount general, ArenaAccount caches, ArenaAccount segments) implements AutoCloseable {

        static Accounts open(MemoryBudget budget) {
            Arenas arenas = Arenas.shared();
            ArenaAccount general = arenas.account(
                    "stele", Map.of(ArenaKind.TASK, budget.taskBytes(), ArenaKind.CACHE, budget.snapshotBytes()));
            ArenaAccount caches = null;
            try {
                caches = arenas.account(
                        "stele caches", Map.of(ArenaKind.CACHE, budget.postingBytes() + budget.cacheBytes()));
                return new Accounts(
                        general,
                        caches,
                        arenas.account("stele segments", Map.of(ArenaKind.CACHE, budget.segmentBytes())));
            } catch (Throwable e) { // a budget is out of range
                Closing.closeAfter(e, general, caches);
                throw e;
            }
        }

        @Override
        public void close() {
            Closing.closeAll(general, caches, segments);
        }
    }

    /** Opens nothing, so that a failure leaves only what the caller has opened. */
    private Engine(
            SteleConfig config, SteleModels models, AgentStores stores, Accounts accounts, Optional<float[]> centroid) {
        this.config = config;
        this.stores = stores;
        this.parsedQueries =
                Caffeine.newBuilder().maximumSize(MAX_PARSED_QUERIES).build();
        this.embeddingQueue = new EmbeddingQueue();
        this.noteUsage = new NoteUsage();
        this.reflectionSignal = new ReflectionSignal();
        this.foreground = new ForegroundGate();
        this.writtenAgents = ConcurrentHashMap.newKeySet();
        this.telemetry = new Telemetry(config.telemetry());
        this.embedder = models.embedder();
        this.extractor = models.reflector();
        this.language = models.language();
        MemoryBudget budget = config.memory();
        this.accounts = accounts;
        TypedArena cacheArena = accounts.caches().arena(ArenaKind.CACHE);
        var analyzers = new Analyzers(config.languages());
        this.indexer = new Indexer(analyzers, embedder, taskArena());
        var snapshots = new SnapshotCache(
                budget.snapshotBytes(),
                budget.graphFrom(),
                model -> models.embedder()
                        .filter(current -> current.model().equals(model))
                        .flatMap(_ -> centroid),
                accounts.general().arena(ArenaKind.CACHE),
                config.readOnly() ? Optional.empty() : Optional.of(writtenAgents::add));
        this.reranker = models.reranker();
        this.retriever = new Retriever(
                analyzers,
                indexer,
                embedder,
                models.former(),
                snapshots,
                config.limits(),
                budget.cacheBytes() / 4 * 3,
                budget.postingBytes(),
                cacheArena);
        this.userContexts = new UserContextCache(budget.cacheBytes() / 4, cacheArena);
        this.segments =
                new SegmentCache(budget.segmentBytes(), accounts.segments().arena(ArenaKind.CACHE));
        this.pool = new StorePool(
                (agent, create) -> create ? stores.open(agent) : stores.openExisting(agent),
                store -> {
                    retriever.drop(store);
                    userContexts.drop(store);
                    segments.drop(store);
                },
                PlatformThreads::unstarted,
                config.limits());
    }

    /** Creates a reference to the same engine, see {@link #newReference}. */
    private Engine(Engine shared) {
        this.config = shared.config;
        this.stores = shared.stores;
        this.accounts = shared.accounts;
        this.embedder = shared.embedder;
        this.extractor = shared.extractor;
        this.language = shared.language;
        this.indexer = shared.indexer;
        this.retriever = shared.retriever;
        this.reranker = shared.reranker;
        this.userContexts = shared.userContexts;
        this.segments = shared.segments;
        this.pool = shared.pool;
        this.parsedQueries = shared.parsedQueries;
        this.embeddingQueue = shared.embeddingQueue;
        this.noteUsage = shared.noteUsage;
        this.reflectionSignal = shared.reflectionSignal;
        this.foreground = shared.foreground;
        this.writtenAgents = shared.writtenAgents;
        this.telemetry = shared.telemetry;
    }

    /**
     * Returns another object that stands for this engine and shares its whole state. The handles of callers hold this
     * object, and background threads do not; when it is garbage collected, no handle is left.
     */
    public Engine newReference() {
        return new Engine(this);
    }

    /**
     * Opens a data directory or a database server.
     *
     * @param config the settings; the embedder that they name is ignored
     * @param models the embedder, earlier embedders, extractor and language model
     * @return the open engine; the caller closes it
     * @throws dev.stele.model.StelePersistenceException if the directory or the database cannot be used
     */
    public static Engine open(SteleConfig config, SteleModels models) {
        Optional<float[]> centroid = models.embedder()
                .flatMap(CheckedEmbeddings::center); // computed before any file is opened, because it may fail
        AgentStores stores = config.database()
                .map(database -> StoreProvider.find(database, config.limits(), config.readOnly()))
                .orElseGet(() -> SqliteStores.open(config.data(), config.limits(), config.readOnly()));
        Accounts accounts = null;
        try {
            accounts = Accounts.open(config.memory());
            return new Engine(config, models, stores, accounts, centroid);
        } catch (Throwable e) { // whatever it is, a failed open leaves nothing open
            Closing.closeAfter(e, stores, accounts);
            throw e;
        }
    }

    // ---- components

    /** Returns the settings. */
    public SteleConfig config() {
        return config;
    }

    /** Returns the limits of everything that could grow. */
    public Limits limits() {
        return config.limits();
    }

    /** Returns the storage of all agents. */
    public AgentStores stores() {
        return stores;
    }

    /** Returns the arena of batches in progress. */
    public TypedArena taskArena() {
        return accounts.general().arena(ArenaKind.TASK);
    }

    /** Returns the embedding model; empty for keywords only. */
    public Optional<Embedder> embedder() {
        return embedder;
    }

    /** Returns the extractor of notes and facts from interactions. */
    public Extractor extractor() {
        return extractor;
    }

    /** Returns the language model. */
    public LanguageModel language() {
        return language;
    }

    /** Returns the indexer, which makes the index entries of items. */
    public Indexer indexer() {
        return indexer;
    }

    /** Returns the retriever. */
    public Retriever retriever() {
        return retriever;
    }

    /** Returns the telemetry, which tells an observer of the operations of callers. */
    public Telemetry telemetry() {
        return telemetry;
    }

    /** Returns the queue of items that were written without embeddings. */
    public EmbeddingQueue embeddingQueue() {
        return embeddingQueue;
    }

    /** Returns the cache of the collections of segments. */
    public SegmentCache segments() {
        return segments;
    }

    /** Returns the counter of note recalls. */
    public NoteUsage noteUsage() {
        return noteUsage;
    }

    /** Returns the signal that notifies the reflection worker of recorded interactions. */
    public ReflectionSignal reflectionSignal() {
        return reflectionSignal;
    }

    /**
     * Returns the agents whose maintenance is due: those that were written to. The set may be changed by any thread.
     */
    public Set<AgentName> writtenAgents() {
        return writtenAgents;
    }

    /** Returns the current time in milliseconds, the precision of the store. */
    public static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    // ---- stores

    /**
     * Runs a query on an existing agent; reading never creates an agent.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public <T extends @Nullable Object> T read(AgentName agent, Function<? super StoreView, T> query) {
        return withStore(agent, store -> store.read(query));
    }

    /**
     * Runs a query on an agent that may not exist.
     *
     * <p>A caller that asks {@link #exists} first and then reads fails if the agent was erased meanwhile, or earlier by
     * another process while it was open here.
     *
     * @return the result of the query; empty if the agent does not exist
     * @throws NotFoundException if the query throws it
     */
    public <T> Optional<T> readIfExists(AgentName agent, Function<? super StoreView, T> query) {
        if (!exists(agent)) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(agent, query));
        } catch (NotFoundException e) {
            if (exists(agent)) { // from the files now, as a store of an agent that was erased is closed
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Runs a query on an existing agent at most once, so that it may write what it reads to an output; see
     * {@link AgentStore#stream}.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public <T extends @Nullable Object> T stream(AgentName agent, Function<? super StoreView, T> query) {
        return withStore(agent, store -> store.stream(query));
    }

    /**
     * Runs a query on an agent, which is created if it does not exist: for a read that prepares a write.
     */
    public <T extends @Nullable Object> T readOrCreate(AgentName agent, Function<? super StoreView, T> query) {
        try {
            return pool.withStore(agent, true, store -> store.read(query));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Runs a call on the store of an existing agent. The store must not be used after the call.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public <T extends @Nullable Object> T withStore(AgentName agent, Function<? super AgentStore, T> call) {
        try {
            return pool.withStore(agent, false, call);
        } finally {
            Reference.reachabilityFence(this); // see newReference
        }
    }

    /** Runs a call without result on the store of an existing agent; see {@link #withStore}. */
    public void useStore(AgentName agent, Consumer<? super AgentStore> call) {
        this.<AgentName>withStore(agent, store -> {
            call.accept(store);
            return agent;
        });
    }

    /**
     * Returns whether an agent exists. Cheap if the agent is open, and then also true for one that another process has
     * erased since; a read of such an agent finds out.
     */
    public boolean exists(AgentName agent) {
        return pool.isOpen(agent) || stores.exists(agent);
    }

    /** Runs an edit on an agent, which is created if it does not exist. */
    public <T extends @Nullable Object> T write(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, true, edit);
    }

    private <T extends @Nullable Object> T write(AgentName agent, boolean create, Function<? super StoreEdit, T> edit) {
        try {
            T result = pool.withStore(agent, create, store -> store.write(edit));
            writtenAgents.add(agent);
            return result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Submits an edit on an agent, which is created if it does not exist. No thread waits for the commit.
     *
     * @param edit the edit; it may be run more than once
     * @param executor completes the result
     * @return the result of the edit; canceling it withdraws an edit that did not start
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(
            AgentName agent, Function<? super StoreEdit, T> edit, Executor executor) {
        CompletableFuture<T> written = pool.submit(agent, store -> store.submit(edit));
        var result = new WithdrawableFuture<T>(() -> written.cancel(false));
        CompletableFuture<T> _ = written.whenCompleteAsync(
                (value, failure) -> complete(result, agent, edit, value, failure), surely(executor));
        return result;
    }

    private <T extends @Nullable Object> void complete(
            CompletableFuture<T> result,
            AgentName agent,
            Function<? super StoreEdit, T> edit,
            T value,
            @Nullable Throwable failure) {
        try {
            if (failure == null) {
                writtenAgents.add(agent);
                result.complete(value);
            } else if (failure instanceof AgentReplacedException) {
                result.complete(write(agent, edit)); // rare, so it may wait
            } else {
                result.completeExceptionally(failure);
            }
        } catch (Throwable e) { // otherwise the caller would wait in vain
            result.completeExceptionally(e);
        } finally {
            Reference.reachabilityFence(this); // see newReference
        }
    }

    /**
     * Returns an executor that starts a thread for a task that the given one refuses, such as one that is closed. If no
     * thread can be started, the current thread runs the task, since a caller waits for its result.
     */
    private static Executor surely(Executor executor) {
        return task -> {
            try {
                executor.execute(task);
            } catch (RejectedExecutionException e) {
                try {
                    PlatformThreads.start("stele-committed", task);
                } catch (OutOfMemoryError noThread) {
                    LOG.log(System.Logger.Level.WARNING, "no thread can be started for a committed write", noThread);
                    task.run();
                }
            }
        };
    }

    /**
     * Runs an edit on an existing agent.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public <T extends @Nullable Object> T writeExisting(AgentName agent, Function<? super StoreEdit, T> edit) {
        return write(agent, false, edit);
    }

    /**
     * Erases items of an existing agent with all that was derived from them.
     *
     * @param preview whether nothing is changed and the result only tells what would be erased
     * @param roots erases the roots; it may run more than once
     */
    public Erased erase(AgentName agent, boolean preview, BiConsumer<StoreEdit, Erasure> roots) {
        if (preview) {
            try {
                return this.<Erased>withStore(
                        agent,
                        store -> store.write(edit -> {
                            throw new Previewed(run(edit, agent, roots).erased());
                        }));
            } catch (Previewed e) {
                return e.erased;
            }
        }
        ErasureResult result = writeExisting(agent, edit -> run(edit, agent, roots));
        if (result.pendingAgain()) {
            notifyPending(agent, Optional.empty());
        }
        return result.erased().withScrubbed(scrubNow(agent));
    }

    /**
     * Erases one item that a caller names, as {@link #erase(AgentName, boolean, BiConsumer)} does, and tells the
     * observer of it.
     *
     * @param record id of the item
     */
    public Erased erase(AgentName agent, boolean preview, String record, BiConsumer<StoreEdit, Erasure> roots) {
        return preview
                ? erase(agent, true, roots)
                : telemetry.call(
                        () -> OperationStart.of(OperationKind.DELETE, agent, record),
                        () -> erase(agent, false, roots),
                        erased -> OperationOutcome.Succeeded.of(erased.items().size()));
    }

    /**
     * Result of an erasure.
     *
     * @param pendingAgain whether interactions are pending again
     */
    private record ErasureResult(Erased erased, boolean pendingAgain) {}

    /**
     * Notifies the reflection worker, after a commit, that interactions of an agent may be pending. Never fails, because
     * the caller would take a failure for that of the write, and repeat the write. Without the mark, the worker still
     * finds the interactions by the mark from before the write, or with the next one that is recorded.
     *
     * @param agent the agent of the interactions
     * @param userQueue the user queue of the interaction; empty if it is not known
     */
    public void notifyPending(AgentName agent, Optional<String> userQueue) {
        try {
            stores.markDue(agent);
        } catch (RuntimeException e) { // whatever it is, the write is done
            LOG.log(
                    System.Logger.Level.WARNING,
                    "agent " + agent + " was written to, but could not be marked as due for reflection",
                    e);
        }
        reflectionSignal.recorded(agent, userQueue);
    }

    /** Scrubs a small memory after an erasure. The erasure is committed, so nothing must make it fail any more. */
    private boolean scrubNow(AgentName agent) {
        try {
            return withStore(
                    agent, store -> store.read(StoreView::lastChange) <= MAX_CHANGES_SCRUBBED_AT_ONCE && store.scrub());
        } catch (RuntimeException e) { // whatever it is, the erasure is done
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "erased data of agent " + agent + " is scrubbed from the files later: " + e.getMessage());
            writtenAgents.add(agent); // maintenance scrubs it
            return false;
        }
    }

    private ErasureResult run(StoreEdit edit, AgentName agent, BiConsumer<StoreEdit, Erasure> roots) {
        var erasure = new Erasure(edit, agent, indexer);
        roots.accept(edit, erasure);
        return new ErasureResult(erasure.complete(), erasure.isAnythingPendingAgain());
    }

    /**
     * Waits until another change, by this process or another, may have been committed, or until the timeout. A return
     * does not guarantee that there is a change.
     *
     * @param agent the agent
     * @param after the change number after which a change is awaited
     * @param timeout maximum time to wait
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws NotFoundException if the agent does not exist
     */
    public void awaitChange(AgentName agent, long after, Duration timeout) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (System.nanoTime() < deadlineNanos) {
            long millis = Math.min(MAX_STORE_HOLD_MILLIS, Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000));
            boolean changed = withStore(agent, store -> {
                try {
                    store.awaitChange(after, millis);
                    return store.read(view -> view.lastChange() > after);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return true;
                }
            });
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (changed) {
                return;
            }
        }
    }

    /** Closes the store of an agent now if no call uses it, so that its files can be deleted. */
    public void evict(AgentName agent) {
        pool.evict(agent);
    }

    /**
     * Closes the stores that were idle for longer than a time.
     *
     * @param nanos the time in nanoseconds
     */
    public void closeIdle(long nanos) {
        pool.closeIdle(nanos);
    }

    /** Returns the number of open stores. */
    public int openStores() {
        return pool.count();
    }

    /** Returns how many times a store was opened so far. */
    public long storeOpens() {
        return pool.openCount();
    }

    /** Returns the state of the writes to each open agent. */
    public List<WriterStats> writerStats() {
        return pool.writerStats();
    }

    /** Returns the time that writes have waited for the write locks of agents since the start. It never decreases. */
    public Duration writeLockWait() {
        return pool.writeLockWait();
    }

    // ---- reading

    /**
     * Recalls the items of an agent that match a query, as a foreground request, and counts the recalled notes.
     *
     * @throws NotFoundException if the agent does not exist
     * @throws InvalidInputException if the query uses semantic similarity only and there is no embedding model
     */
    public RecallResult recall(AgentName agent, RecallQuery query) {
        return telemetry.call(
                () -> OperationStart.search(agent, query.text()),
                () -> rankAndCount(agent, query),
                result -> new OperationOutcome.Succeeded(
                        result.hits().size(),
                        () -> result.hits().stream()
                                .map(hit -> new OperationOutcome.Item(
                                        hit.id(), hit.content(), OptionalDouble.of(hit.score())))
                                .toList()));
    }

    private RecallResult rankAndCount(AgentName agent, RecallQuery query) {
        try (var _ = enterForeground()) {
            RecallResult result = reranker.map(model -> Reranking.apply(
                            lookUp(agent, Reranking.widened(query, model, limits().results())), query, model))
                    .orElseGet(() -> lookUp(agent, query));
            if (!config.readOnly() && noteUsage.count(agent, result.hits(), now())) {
                writtenAgents.add(agent);
            }
            return result;
        }
    }

    /**
     * Recalls the items of an agent that match a query, for a purpose of Stele itself: no reranker is asked, and the
     * notes are not counted as used.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public RecallResult lookUp(AgentName agent, RecallQuery query) {
        return withStore(agent, store -> retriever.recall(store, query));
    }

    /**
     * Returns the ids of the items that all of some users may see, see {@link Audience}.
     *
     * @param ids ids of messages, notes and other items
     */
    public Set<String> visibleTo(AgentName agent, Set<String> users, Collection<String> ids) {
        return read(agent, view -> new Audience(view, users).visible(ids));
    }

    /**
     * Returns the context of a user, from the cache if it is current; empty if the agent has no context of the user.
     */
    public Optional<UserContext> userContext(AgentName agent, String user) {
        return withStore(agent, store -> userContexts.get(store, user));
    }

    /** Returns the parsed form of a graph query, from the cache if possible. */
    public CypherQuery parseQuery(String cypher) {
        return parsedQueries.get(cypher, CypherQuery::parse);
    }

    /** Marks a foreground request until the returned visit is closed; background work gives way to it. */
    public ForegroundGate.Visit enterForeground() {
        return foreground.enter();
    }

    /**
     * On a background thread, waits briefly for foreground requests. Long work calls this method before each of its
     * steps.
     */
    public void yieldToForeground() {
        if (BackgroundThreads.isHere()) {
            foreground.yieldToForeground(MAX_FOREGROUND_WAIT);
        }
    }

    // ---- writing

    /** Returns a writer of an agent's graph within an edit. */
    public GraphWriter graphWriter(AgentName agent, StoreEdit edit) {
        return new GraphWriter(
                edit, limits().graph(), (entity, content, at) -> indexer.words(agent, entity, content, at));
    }

    /** Counts one interaction in the context of a user, and returns the new context. */
    public UserContext countInteraction(StoreEdit edit, String user, Instant at) {
        UserContext seen = edit.user(user).orElseGet(() -> UserContext.stranger(user, at));
        return putUser(edit, seen, seen.withInteraction(at), now());
    }

    /**
     * Stores the next version of a user's context.
     *
     * @param seen the version before
     * @param changed the new values; its version is ignored
     * @return the context with its new version
     */
    public UserContext putUser(StoreEdit edit, UserContext seen, UserContext changed, Instant now) {
        // The versions of an erased context are not used again: a writer that has read one must not take another
        // context for it.
        long latest = seen.version() == 0 ? edit.latestErasedVersion() : seen.version();
        UserContext next = changed.withVersion(latest + 1);
        edit.putUser(next, now, limits().userHistory());
        return next;
    }

    /**
     * Runs an edit at most once for an idempotency key. A repeated call with the same request returns the result of the
     * first call.
     *
     * @param key the idempotency key; empty to run the edit always
     * @param request all values that the edit depends on, as JSON values; a different request under the same key is a
     *     conflict
     * @param create runs the edit
     * @param ids returns the ids of the items in a result, which are stored with the key
     * @param again returns the result of the first call from the stored ids
     * @throws ConflictException if the key was used for another request
     */
    public static <T> T idempotent(
            StoreEdit edit,
            Optional<String> key,
            @Nullable Object request,
            Supplier<T> create,
            Function<T, List<String>> ids,
            Function<List<String>, T> again) {
        var form = new RequestForm<>(request, again);
        return idempotent(edit, key, form, form, create, ids);
    }

    /**
     * Runs an edit at most once for an idempotency key, like {@link #idempotent(StoreEdit, Optional, Object, Supplier,
     * Function, Function)}, where earlier versions bound the key to another form of the request.
     *
     * @param form the request with all values that the edit depends on
     * @param formerForm the request in the form of earlier versions
     */
    public static <T> T idempotent(
            StoreEdit edit,
            Optional<String> key,
            RequestForm<T> form,
            RequestForm<T> formerForm,
            Supplier<T> create,
            Function<T, List<String>> ids) {
        if (key.isEmpty()) {
            return create.get();
        }
        Ids.check("idempotency key", key.get());
        Optional<StoreView.Replay> earlier = edit.replay(key.get());
        if (earlier.isPresent()) {
            String stored = earlier.get().fingerprint();
            if (stored.equals(form.fingerprint())) {
                return form.again().apply(earlier.get().refs());
            }
            if (stored.equals(formerForm.formerFingerprint())) {
                return formerForm.again().apply(earlier.get().refs());
            }
            throw new ConflictException("The idempotency key " + Json.write(key.get())
                    + " was used for another request; use a new key for a new request.");
        }
        T result = create.get();
        edit.record(key.get(), form.fingerprint(), ids.apply(result), now());
        return result;
    }

    /**
     * Throws if an optimistic update was tried for as long as {@code limits.wait-timeout}.
     *
     * @param deadlineNanos end of that time, in the time of {@link System#nanoTime}
     * @param subject what other writers kept changing, for the message
     * @throws AgentBusyException if the deadline is over
     */
    public static void checkPatience(long deadlineNanos, String subject) {
        if (System.nanoTime() > deadlineNanos) {
            throw new AgentBusyException(
                    "Other writers kept changing " + subject + " first; nothing was changed. Try again.");
        }
    }

    /**
     * Validates the size of an item's content and metadata.
     *
     * @param kind the kind of the item, for the message
     * @throws LimitExceededException if one of them exceeds its limit
     */
    public void checkContent(String kind, String content, Map<String, ? extends @Nullable Object> metadata) {
        int contentBytes = content.getBytes(StandardCharsets.UTF_8).length;
        if (contentBytes > limits().messageBytes()) {
            throw new LimitExceededException(
                    "The content of the %s has %d bytes; at most %d are taken (limits.message-bytes)."
                            .formatted(kind, contentBytes, limits().messageBytes()));
        }
        int metadataBytes = metadata.isEmpty() ? 0 : Json.write(metadata).getBytes(StandardCharsets.UTF_8).length;
        if (metadataBytes > limits().metadataBytes()) {
            throw new LimitExceededException(
                    "The metadata of the %s has %d bytes; at most %d are taken (limits.metadata-bytes)."
                            .formatted(kind, metadataBytes, limits().metadataBytes()));
        }
    }

    /**
     * Checks that an agent may have one more note.
     *
     * @throws LimitExceededException if the agent has the maximum number of notes
     */
    public void checkNoteCount(AgentName agent, StoreView view) {
        if (view.noteCount() >= limits().notesPerAgent()) {
            throw new LimitExceededException(
                    "Agent \"%s\" has %d notes, which is the most it may have (limits.notes-per-agent); forget some."
                            .formatted(agent, limits().notesPerAgent()));
        }
    }

    /**
     * Validates a limit of rows: from 1 to {@code limits.results}.
     *
     * @return {@code limit}
     */
    public int checkLimit(int limit) {
        if (limit < 1) {
            throw new InvalidInputException("The limit is %d; it must be at least 1.".formatted(limit));
        }
        if (limit > limits().results()) {
            throw new LimitExceededException("The limit is %d; at most %d are given at once (limits.results)."
                    .formatted(limit, limits().results()));
        }
        return limit;
    }

    /** Closes all stores, then releases the memory of the caches. Idempotent. */
    @Override
    public void close() {
        Closing.closeAll(pool, stores, accounts);
    }
}
