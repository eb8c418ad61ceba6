package dev.stele;

import dev.stele.concurrent.Closing;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.config.TaskLimits;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;
import dev.stele.engine.Engine;
import dev.stele.language.LanguageModel;
import dev.stele.maintenance.Backups;
import dev.stele.maintenance.BuiltInTasks;
import dev.stele.maintenance.MaintenanceThreads;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.StoredBackup;
import dev.stele.model.VerifyReport;
import dev.stele.model.WriterStats;
import dev.stele.reflect.ReflectionWorker;
import dev.stele.store.DatabaseConfig;
import dev.stele.task.Tasks;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Entry point of the library: memory for AI agents, stored in one data directory or one database server.
 *
 * <p>An instance opens the storage and runs the maintenance threads; {@link #agent(String)} gives access to the memory
 * of one agent. Thread-safe. Any number of instances and processes may use the same directory at the same time. The
 * caller must close an instance. An instance that is not closed stays open as long as it, or the memory of an agent
 * that it returned, can be reached.
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

    /** Reference that this instance and all handles of agents hold, and nothing else. */
    private final Engine engine;

    private final ReflectionWorker reflection;
    private final Tasks tasks;
    private final Cleaner.Cleanable cleanable;

    private Stele(Parts parts) {
        this.engine = parts.engine().newReference();
        this.reflection = parts.reflection();
        this.tasks = parts.tasks();
        this.cleanable = CLEANER.register(engine, parts);
    }

    /**
     * Parts of an instance, and the action that closes them, once. As a last resort the cleaner runs it when neither
     * the {@link Stele} nor any handle of an agent can be reached any more and the instance was not closed.
     */
    private record Parts(
            Engine engine,
            ReflectionWorker reflection,
            Tasks tasks,
            MaintenanceThreads maintenance,
            AtomicBoolean closed)
            implements Runnable {
        @Override
        public void run() {
            if (closed.compareAndSet(false, true)) {
                Closing.closeAll(reflection, tasks, maintenance, engine);
            }
        }
    }

    /**
     * Opens a data directory with default settings.
     *
     * @param data the data directory; created if it does not exist
     * @return the open memory; the caller closes it
     * @throws dev.stele.model.StelePersistenceException if the directory cannot be used
     */
    public static Stele open(Path data) {
        return open(SteleConfig.at(data));
    }

    /**
     * Opens a database server with default settings. Files that belong to this machine only, such as backups, are
     * written to the directory {@code stele-data}.
     *
     * @param url the JDBC URL, such as {@code jdbc:postgresql://host:5432/database?user=stele}
     * @return the open memory; the caller closes it
     * @throws dev.stele.model.StelePersistenceException if the database cannot be used
     */
    public static Stele open(String url) {
        return open(SteleConfig.at(Path.of("stele-data"), DatabaseConfig.at(url)));
    }

    /**
     * Opens a data directory or a database server, with the embedder that the configuration names and without a
     * language model.
     *
     * @param config the settings
     * @return the open memory; the caller closes it
     * @throws dev.stele.model.StelePersistenceException if the directory or the database cannot be used
     * @throws InvalidInputException if the configuration names an embedder that is not on the class path
     */
    public static Stele open(SteleConfig config) {
        return open(config, findEmbedder(config));
    }

    /**
     * Returns the embedder that a configuration names, from those on the class path.
     *
     * @param config the settings; {@code auto} selects any embedder, {@code none} selects no embedder
     * @return the embedder; empty for {@code none}, and for {@code auto} if the class path has no embedder
     * @throws InvalidInputException if the class path has no embedder of that name
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

    /**
     * Opens a data directory or a database server with an embedder that the caller supplies, and without a language
     * model.
     *
     * @param config the settings; the embedder that they name is ignored
     * @param embedder the embedder; empty to recall by keywords only
     * @return the open memory; the caller closes it
     */
    public static Stele open(SteleConfig config, Optional<Embedder> embedder) {
        return open(config, SteleModels.offline(embedder));
    }

    /**
     * Opens a data directory or a database server with models that the caller supplies.
     *
     * @param config the settings; the embedder that they name is ignored
     * @param models the embedder, earlier embedders, extractor and language model
     * @return the open memory; the caller closes it
     */
    public static Stele open(SteleConfig config, SteleModels models) {
        Engine engine = Engine.open(config, models);
        MaintenanceThreads maintenance = null;
        try {
            TaskLimits limits = config.tasks();
            var tasks = new Tasks(engine.stores().tasks(), engine.taskArena(), limits.lease(), limits.waiting());
            new BuiltInTasks(engine).addTo(tasks);
            var reflection = new ReflectionWorker(engine);
            engine.reflectionSignal().subscribe(reflection::wake);
            maintenance = new MaintenanceThreads(engine, tasks);
            return new Stele(new Parts(engine, reflection, tasks, maintenance, new AtomicBoolean()));
        } catch (Throwable e) { // the tasks and the reflection worker have no thread yet
            Closing.closeAfter(e, maintenance, engine);
            throw e;
        }
    }

    /**
     * Returns the memory of an agent. This method opens no file; the first call on the result does.
     *
     * @param name the name of the agent, which need not exist yet
     * @return the memory of that agent
     * @throws InvalidInputException if {@code name} is not a valid name, see {@link AgentName}
     */
    public AgentMemory agent(String name) {
        return agent(new AgentName(name));
    }

    /**
     * Returns the memory of an agent. This method opens no file; the first call on the result does.
     *
     * @param name the name of the agent, which need not exist yet
     * @return the memory of that agent
     */
    public AgentMemory agent(AgentName name) {
        return new AgentMemory(name, engine, reflection);
    }

    /** Returns whether an agent exists. */
    public boolean exists(AgentName name) {
        return engine.stores().exists(name);
    }

    /** Returns the names of all agents, in order of name. */
    public List<AgentName> agents() {
        return engine.stores().agents();
    }

    /**
     * Verifies all agents and what is stored beside them. An agent that cannot be opened is reported like any other
     * damage, and does not keep the others from being verified.
     *
     * @return one report for each agent, in order of name, and one for what is stored beside them if there is something
     *     to say about it
     */
    public List<VerifyReport> verify() {
        var reports = new ArrayList<VerifyReport>();
        for (AgentName name : agents()) {
            try {
                reports.add(verify(name));
            } catch (NotFoundException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "agent " + name + " was erased meanwhile: " + e);
            }
        }
        VerifyReport others = engine.stores().verify();
        if (!others.clean() || !others.remarks().isEmpty()) {
            reports.add(others);
        }
        return reports;
    }

    /**
     * Verifies an agent. If it cannot be opened, the report says why.
     *
     * @throws NotFoundException if the agent does not exist
     */
    public VerifyReport verify(AgentName name) {
        try {
            return agent(name).verify();
        } catch (StelePersistenceException e) {
            return new VerifyReport(name.value(), 0, List.of(String.valueOf(e.getMessage())), List.of());
        }
    }

    /**
     * Erases an agent with all its data. Other processes that have the agent open notice the erasure at their next
     * call.
     *
     * @param name the agent
     * @throws NotFoundException if the agent does not exist
     */
    public void forget(AgentName name) {
        engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.DELETE_STORE, name),
                        () -> {
                            engine.evict(name);
                            engine.stores().delete(name);
                            engine.evict(name);
                            return name;
                        },
                        _ -> OperationOutcome.Succeeded.of(0));
    }

    /**
     * Restores an agent from a backup.
     *
     * @param backup a file that {@link AgentMemory#backup} wrote
     * @param as a new name for the agent; empty for the name in the backup
     * @param replace whether an existing agent of that name, damaged or not, is replaced
     * @return the name of the restored agent
     */
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        as.ifPresent(engine::evict);
        AgentName restored = engine.stores().restore(backup, as, replace);
        engine.evict(restored);
        engine.notifyPending(restored, Optional.empty()); // interactions may have been pending when it was backed up
        return restored;
    }

    /**
     * Returns the backups of an agent that background jobs have written, newest first.
     *
     * @param agent the agent, which need not exist any more
     * @param limit maximum number of backups, from 1 to {@code limits.results}
     */
    public List<StoredBackup> backups(AgentName agent, int limit) {
        return Backups.in(config().data()).list(agent, engine.checkLimit(limit));
    }

    /**
     * Replaces an agent by one of its {@link #backups}. What was written after the backup is lost.
     *
     * @param agent the agent; created if it does not exist any more
     * @param backup name of a backup of this agent
     * @throws NotFoundException if the agent has no backup of that name
     */
    public void restoreBackup(AgentName agent, String backup) {
        restore(Backups.in(config().data()).file(agent, backup), Optional.of(agent), true);
    }

    Engine engine() {
        return engine;
    }

    /** Returns the background jobs. A server processes them; a program without a server calls {@link Tasks#start}. */
    public Tasks tasks() {
        return tasks;
    }

    /**
     * Starts the reflection worker in the background. It processes the interactions that this or another process
     * records, and those that were pending when a process ended. A server calls this method; any other program calls
     * it, or calls {@link AgentMemory#reflect} when it has time. Further calls do nothing, and so does a configuration
     * with 0 workers.
     */
    public void startLearning() {
        if (config().reflection().workers() > 0) {
            reflection.start();
        }
    }

    /** Returns the language model that answers in chats and writes explanations. */
    public LanguageModel language() {
        return engine.language();
    }

    /**
     * Starts loading the embedding model on a background thread, so that the first query does not wait for it. A
     * failure is logged.
     */
    public void warmUp() {
        engine.embedder()
                .filter(embedder -> !embedder.ready())
                .ifPresent(embedder -> PlatformThreads.start("stele-model-loader", () -> {
                    try {
                        embedder.embed(List.of("warm up"));
                    } catch (Throwable e) { // a native library that is missing is an error
                        LOG.log(System.Logger.Level.WARNING, "the embedding model did not load", e);
                    }
                }));
    }

    /** Returns the settings of this instance. */
    public SteleConfig config() {
        return engine.config();
    }

    /** Returns the name of the embedding model; an empty string if there is no model. */
    public String model() {
        return engine.indexer().model();
    }

    /** Returns whether the embedding model is loaded; true if there is no model. */
    public boolean modelReady() {
        return engine.embedder().map(Embedder::ready).orElse(true);
    }

    /**
     * Returns whether the storage can be reached now. A data directory is always reachable; a database server is not
     * while it or the network is down.
     */
    public boolean reachable() {
        return engine.stores().reachable();
    }

    /** Returns the number of agents whose stores are open in this instance. */
    public int openAgents() {
        return engine.openStores();
    }

    /** Returns how many times this instance has opened the store of an agent since it started. */
    public long openCount() {
        return engine.storeOpens();
    }

    /** Returns the state of the writes to each agent that is open in this instance. Waits for no write. */
    public List<WriterStats> writerStats() {
        return engine.writerStats();
    }

    /**
     * Returns the time that writes of this instance have waited for the write locks of agents since it started. A write
     * waits while another process writes to the agent.
     */
    public Duration writeLockWait() {
        return engine.writeLockWait();
    }

    /**
     * Completes accepted work, runs the closing maintenance of agents that were written to, and closes all files and
     * threads. Idempotent.
     */
    @Override
    public void close() {
        cleanable.clean();
    }
}
