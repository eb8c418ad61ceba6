package dev.stele.maintenance;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.FailureLog;
import dev.stele.concurrent.GuardedLoop;
import dev.stele.engine.EmbeddingQueue;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStore.Lease;
import dev.stele.task.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Maintenance threads of a memory, all daemon threads. One closes idle agents and maintains the agents that were
 * written to since its last round; one computes the embeddings of new items; one builds vector graphs (HNSW) for agents
 * with very many vectors. Work that is not done is left to the next round, by this process or another: all required
 * state is in the store.
 */
public final class MaintenanceThreads implements AutoCloseable {

    private static final String LEASE = "maintenance";
    private static final String GRAPH_LEASE = "hnsw";
    private static final String PRUNING = "the deletion of old records of background jobs";
    private static final System.Logger LOG = System.getLogger(MaintenanceThreads.class.getName());

    /** Maximum number of items that are embedded at once; small, because a query waits while the model embeds them. */
    private static final int EMBEDDING_BATCH = 8;

    /**
     * Time after close in which embeddings are still computed: enough for a conversation, and short enough not to delay
     * the close.
     */
    private static final Duration CLOSING_TIME = Duration.ofSeconds(2);

    private final Engine engine;
    private final Tasks tasks;
    /** Deadline in the time of {@link System#nanoTime}; written before {@link #closed} is set. */
    private volatile long deadlineNanos;

    private final FailureLog failures = new FailureLog(LOG);
    private final GuardedLoop maintenance;
    private final GuardedLoop embedding;
    private final GuardedLoop graphs;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Time of the latest round in the time of {@link System#nanoTime}; used by the maintenance loop only. */
    private long lastRoundNanos = System.nanoTime();

    /**
     * Starts the threads.
     *
     * @param engine the engine, which the caller closes after these threads
     * @param tasks the background jobs whose records are pruned
     */
    public MaintenanceThreads(Engine engine, Tasks tasks) {
        this.engine = engine;
        this.tasks = tasks;
        var started = new ArrayList<GuardedLoop>();
        try {
            this.maintenance = start("stele-maintenance", this::maintain, started);
            this.embedding = start("stele-embedding", this::embed, started);
            this.graphs = start("stele-graphs", this::buildGraphs, started);
        } catch (Throwable e) { // the system has no thread left
            started.forEach(GuardedLoop::stop);
            started.forEach(GuardedLoop::interrupt);
            Closing.closeAfter(e, started.toArray(AutoCloseable[]::new));
            throw e;
        }
    }

    private static GuardedLoop start(String name, GuardedLoop.Step step, List<GuardedLoop> started) {
        GuardedLoop loop = GuardedLoop.start(name, LOG, BackgroundThreads::waitingThread, step);
        started.add(loop);
        return loop;
    }

    /** Computes the embeddings of items that were written without them. */
    private void embed(GuardedLoop loop) throws InterruptedException {
        EmbeddingQueue queue = engine.embeddingQueue();
        List<EmbeddingQueue.Item> batch = queue.take(EMBEDDING_BATCH);
        BackgroundThreads.lowerPriority();
        AgentName agent = batch.getFirst().agent();
        if (engine.embedder().isEmpty()) {
            return;
        }
        boolean all = batch.stream().anyMatch(EmbeddingQueue.Item::isAll);
        if (!all && !engine.embedder().get().ready()) {
            return; // the model is not loaded just for a conversation
        }
        List<Long> numbers = batch.stream()
                .filter(item -> !item.isAll())
                .map(EmbeddingQueue.Item::number)
                .toList();
        forAgent("embedding of agent " + agent, agent, store -> {
            var maintenance = new AgentMaintenance(engine);
            // Items of conversations go first. They wait no longer than for one batch of the others.
            maintenance.embed(store, numbers);
            if (all) {
                maintenance.embedMissing(store, () -> queue.isEmpty() && !loop.isStopped(), _ -> {});
                if (!queue.isEmpty()) {
                    queue.addAllOf(agent);
                }
            }
        });
    }

    /** Builds vector graphs on a thread of its own, because building takes long and must not delay other work. */
    private void buildGraphs(GuardedLoop loop) throws InterruptedException {
        if (loop.await(engine.config().maintenanceInterval()) || engine.config().readOnly()) {
            return;
        }
        BackgroundThreads.lowerPriority();
        for (AgentName agent : engine.retriever().withoutGraph()) {
            forAgent("the vector graph of agent " + agent, agent, store -> buildGraph(store, loop));
        }
    }

    /** Builds a vector graph if no other process is building it; otherwise a later round finds it built. */
    private void buildGraph(AgentStore store, GuardedLoop loop) {
        Optional<Lease> lease = store.lease(GRAPH_LEASE);
        if (lease.isPresent()) {
            try (Lease _ = lease.get()) {
                engine.retriever().makeGraph(store, () -> !loop.isStopped());
            }
        }
    }

    private void maintain(GuardedLoop loop) throws InterruptedException {
        Duration maintenanceInterval = engine.config().maintenanceInterval();
        long pause = Math.min(
                maintenanceInterval.toMillis(),
                Math.max(1, engine.config().idleTimeout().toMillis() / 2));
        if (loop.await(Duration.ofMillis(pause))) {
            return;
        }
        BackgroundThreads.lowerPriority();
        if (System.nanoTime() - lastRoundNanos >= maintenanceInterval.toNanos()) {
            lastRoundNanos = System.nanoTime();
            round();
            pruneTasks();
        }
        engine.closeIdle(engine.config().idleTimeout().toNanos());
    }

    /** Maintains every agent that was written to since the last round. */
    void round() {
        for (AgentName agent : List.copyOf(engine.writtenAgents())) {
            engine.writtenAgents().remove(agent);
            if (!forAgent("maintenance of agent " + agent, agent, store -> lookAfter(agent, store))) {
                engine.writtenAgents().add(agent);
            }
        }
    }

    /**
     * Runs work on an agent, unless the agent was erased. A failure is logged and affects neither other agents nor the
     * loop.
     *
     * @param subject the work, for the log
     * @return whether the work succeeded
     */
    private boolean forAgent(String subject, AgentName agent, Consumer<AgentStore> work) {
        try {
            ifThere(agent, work);
            failures.succeeded(subject);
            return true;
        } catch (NotFoundException e) {
            failures.removed(subject); // the agent was erased meanwhile
            return true;
        } catch (Throwable e) { // an error of one agent, such as that of a model, must not stop the work on the others
            if (closed.get() && Thread.currentThread().isInterrupted()) {
                LOG.log(System.Logger.Level.DEBUG, () -> subject + " was ended by the close: " + e);
            } else {
                failures.failed(subject, e);
            }
            return false;
        }
    }

    /** Runs work on an agent, unless the agent was erased. */
    private void ifThere(AgentName agent, Consumer<AgentStore> work) {
        if (engine.stores().exists(agent)) {
            engine.useStore(agent, work);
        }
    }

    /**
     * Maintains an agent if no other process is maintaining it; otherwise the agent is due again in the next round,
     * because this process may have written after the other one read.
     */
    private void lookAfter(AgentName agent, AgentStore store) {
        Optional<Lease> lease = store.lease(LEASE);
        if (lease.isEmpty()) {
            engine.writtenAgents().add(agent);
            return;
        }
        try (Lease _ = lease.get()) {
            new AgentMaintenance(engine).run(store, this::hasTime);
        }
    }

    private boolean hasTime() {
        return !closed.get() || System.nanoTime() - deadlineNanos < 0;
    }

    private void pruneTasks() {
        try {
            if (!engine.config().readOnly()) {
                tasks.prune(engine.config().tasks().keep());
            }
            failures.succeeded(PRUNING);
        } catch (SteleException e) {
            failures.failed(PRUNING, e);
        }
    }

    /** Stops the threads after their current work, then maintains the agents that were written to since. Idempotent. */
    @Override
    public void close() {
        deadlineNanos = System.nanoTime() + CLOSING_TIME.toNanos();
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        embedding.stop();
        embedding.interrupt(); // it waits for items elsewhere
        graphs.stop();
        maintenance.stop();
        Closing.closeAll(embedding, graphs, maintenance, this::round);
    }
}
