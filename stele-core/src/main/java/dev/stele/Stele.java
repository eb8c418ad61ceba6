package dev.stele;

import dev.stele.analysis.Analyzers;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.concurrent.ForegroundGate;
import dev.stele.embedding.CheckedEmbeddings;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;
import dev.stele.index.Indexer;
import dev.stele.index.SnapshotCache;
import dev.stele.language.LanguageModel;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.recall.Retriever;
import dev.stele.store.AgentStores;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.StoreProvider;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.task.Tasks;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory for agents, in one data directory. Any number of threads may use one instance, any number of instances and
 * processes one directory.
 *
 * <pre>{@code
 * try (Stele stele = Stele.open(Path.of("memory"))) {
 *     AgentMemory kira = stele.agent("kira");
 *     kira.remember(MessageDraft.user("monday", "ana", "I moved to Lisbon in May."));
 *     kira.recall("Where does Ana live?").hits().forEach(hit -> System.out.println(hit.content()));
 * }
 * }</pre>
 */
public final class Stele implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Stele.class.getName());
    private static final Cleaner CLEANER = Cleaner.create();

    private final Memory memory;
    private final Cleaner.Cleanable cleanable;

    private Stele(Memory memory, Shutdown shutdown) {
        this.memory = memory;
        this.cleanable = CLEANER.register(this, shutdown);
    }

    /** Closes everything, once; holds no reference to the {@link Stele}, so that it can be a last resort too. */
    private record Shutdown(Memory memory, List<ArenaAccount> accounts, Housekeeper housekeeper, AtomicBoolean done)
            implements Runnable {
        @Override
        public void run() {
            if (done.compareAndSet(false, true)) {
                memory.learning().close();
                memory.tasks().close();
                housekeeper.close();
                memory.open().close();
                memory.stores().close();
                accounts.forEach(ArenaAccount::close);
            }
        }
    }

    /** Opens a data directory with defaults, making it if it is missing. */
    public static Stele open(Path data) {
        return open(SteleConfig.at(data));
    }

    /**
     * Opens a database server with defaults, such as {@code jdbc:postgresql://host:5432/database?user=stele}. What belongs to this
     * machine alone, such as backups, goes to the directory {@code stele-data}.
     *
     * @throws dev.stele.model.StelePersistenceException if the database cannot be used
     */
    public static Stele open(String url) {
        return open(SteleConfig.at(Path.of("stele-data"), DatabaseConfig.at(url)));
    }

    /**
     * Opens a data directory, or a database server.
     *
     * @throws dev.stele.model.StelePersistenceException if the directory cannot be used
     * @throws InvalidInputException if the configuration names an embedder that is not there
     */
    public static Stele open(SteleConfig config) {
        return open(config, findEmbedder(config));
    }

    /**
     * The embedder that a configuration names, of those on the class path.
     *
     * @throws InvalidInputException if there is none of that name
     */
    public static Optional<Embedder> findEmbedder(SteleConfig config) {
        Optional<Embedder> embedder = EmbedderProvider.find(config.embedder());
        if (embedder.isEmpty() && !List.of("auto", "none").contains(config.embedder())) {
            throw new InvalidInputException("There is no embedder " + Json.write(config.embedder())
                    + "; use auto, none, or the name of one on the class path.");
        }
        if (embedder.isEmpty() && config.embedder().equals("auto")) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "no embedding model on the class path: recall goes by words alone until stele-models is added");
        }
        return embedder;
    }

    /** Opens a data directory with an embedder of the caller's, or none, and without a language model. */
    public static Stele open(SteleConfig config, Optional<Embedder> embedder) {
        return open(config, Engines.offline(embedder));
    }

    /** Opens a data directory with engines of the caller's. */
    public static Stele open(SteleConfig config, Engines engines) {
        Optional<Embedder> embedder = engines.embedder();
        Optional<float[]> center = embedder.flatMap(CheckedEmbeddings::center); // before anything is opened
        AgentStores stores = config.database()
                .map(database -> StoreProvider.find(database, config.limits(), config.readOnly()))
                .orElseGet(() -> SqliteStores.open(config.data(), config.limits(), config.readOnly()));
        var analyzers = new Analyzers(config.languages());
        MemoryBudget budget = config.memory();
        ArenaAccount account = Arenas.shared()
                .account("stele", Map.of(ArenaKind.TASK, budget.taskBytes(), ArenaKind.CACHE, budget.pictureBytes()));
        // Apart: vectors of a large agent take all that pictures may have, and more from the heap, and leave caches
        // what is theirs.
        ArenaAccount caches = Arenas.shared()
                .account("stele caches", Map.of(ArenaKind.CACHE, budget.wordBytes() + budget.cacheBytes()));
        var indexer = new Indexer(analyzers, embedder, account.arena(ArenaKind.TASK));
        Set<AgentName> written = Memory.namesWritten();
        var live = new SnapshotCache(
                budget.pictureBytes(),
                budget.graphFrom(),
                model -> embedder.filter(some -> some.model().equals(model)).flatMap(_ -> center),
                account.arena(ArenaKind.CACHE),
                config.readOnly() ? Optional.empty() : Optional.of(written::add));
        var recall = new Retriever(
                analyzers,
                indexer,
                embedder,
                engines.former(),
                live,
                config.limits(),
                budget.cacheBytes() / 4 * 3,
                budget.wordBytes(),
                caches.arena(ArenaKind.CACHE));
        var contexts = new UserContexts(budget.cacheBytes() / 4, caches.arena(ArenaKind.CACHE));
        var open = new OpenAgents(
                (agent, make) -> make ? stores.open(agent) : stores.openExisting(agent),
                store -> {
                    recall.drop(store);
                    contexts.drop(store);
                },
                config.limits());
        TaskLimits bounds = config.tasks();
        var tasks = new Tasks(stores.tasks(), account.arena(ArenaKind.TASK), bounds.lease(), bounds.waiting());
        var learning = new Learning(config.reflection().workers());
        var memory = new Memory(
                config,
                stores,
                open,
                indexer,
                embedder,
                recall,
                contexts,
                tasks,
                Memory.queriesParsed(),
                new Unembedded(),
                engines.reflector(),
                engines.language(),
                learning,
                new NoteUses(),
                written,
                new ForegroundGate());
        learning.of(memory);
        new Jobs(memory).addTo(tasks);
        return new Stele(
                memory, new Shutdown(memory, List.of(account, caches), new Housekeeper(memory), new AtomicBoolean()));
    }

    /**
     * The memory of an agent. Opens nothing yet.
     *
     * @throws InvalidInputException if the name is none, see {@link AgentName}
     */
    public AgentMemory agent(String name) {
        return agent(new AgentName(name));
    }

    public AgentMemory agent(AgentName name) {
        return new AgentMemory(name, memory);
    }

    /** Whether there is such an agent. */
    public boolean exists(AgentName name) {
        return memory.stores().exists(name);
    }

    /** All agents, by name. */
    public List<AgentName> agents() {
        return memory.stores().agents();
    }

    /**
     * Forgets an agent and everything of it. Other processes that have it open notice at their next call.
     *
     * @throws NotFoundException if there is no such agent
     */
    public void forget(AgentName name) {
        memory.open().letGo(name);
        memory.stores().delete(name);
        memory.open().letGo(name);
    }

    /**
     * Brings an agent back from a backup.
     *
     * @param as another name for it, or empty for the name it had
     * @param replace whether an agent of that name, damaged or not, gives way
     * @return its name
     */
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        as.ifPresent(memory.open()::letGo);
        AgentName restored = memory.stores().restore(backup, as, replace);
        memory.open().letGo(restored);
        return restored;
    }

    Memory memory() {
        return memory;
    }

    /** Background jobs. A server works on them; a program that has none calls {@link Tasks#start}. */
    public Tasks tasks() {
        return memory.tasks();
    }

    /**
     * Begins to learn in the background from interactions that are recorded, by this process or others, and from those that were left
     * when one ended. A server does; a program that does not calls {@link AgentMemory#reflect} when it likes. Calling it again does
     * nothing.
     */
    public void startLearning() {
        if (config().reflection().workers() > 0) {
            memory.learning().start();
        }
    }

    /** What answers in chats and elaborations. */
    public LanguageModel language() {
        return memory.language();
    }

    /** Starts loading the embedding model in the background, so that the first question need not wait for it. */
    public void warmUp() {
        memory.embedder()
                .filter(embedder -> !embedder.ready())
                .ifPresent(embedder -> Thread.ofPlatform()
                        .name("stele-model-loader")
                        .daemon()
                        .start(() -> {
                            try {
                                embedder.embed(List.of("warm up"));
                            } catch (RuntimeException e) {
                                LOG.log(System.Logger.Level.WARNING, "the embedding model did not load", e);
                            }
                        }));
    }

    public SteleConfig config() {
        return memory.config();
    }

    /** Name of the embedding model; empty text when there is none. */
    public String model() {
        return memory.indexer().model();
    }

    /** Whether the model is loaded, or there is none to load. */
    public boolean modelReady() {
        return memory.embedder().map(Embedder::ready).orElse(true);
    }

    /** Whether the memory can be reached just now: a data directory always, a database server unless it or the way to it is down. */
    public boolean reachable() {
        return memory.stores().reachable();
    }

    /** How many agents are open now. */
    public int openAgents() {
        return memory.open().count();
    }

    /** How often an agent was opened since the start. */
    public long opens() {
        return memory.open().opens();
    }

    /** Finishes what was accepted, tidies what was written, and closes every file and thread. Idempotent. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
