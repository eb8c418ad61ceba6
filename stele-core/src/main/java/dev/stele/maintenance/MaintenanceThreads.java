package dev.stele.maintenance;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.engine.EmbeddingQueue;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.SteleException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStore.Lease;
import dev.stele.task.Tasks;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    /** Deadline in the time of {@link System#nanoTime}; written once, before {@link #stop} is counted down. */
    private volatile long deadlineNanos;

    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private final Thread embedding;
    private final Thread graphs;

    /**
     * Starts the threads.
     *
     * @param engine the engine, which the caller closes after these threads
     * @param tasks the background jobs whose records are pruned
     */
    public MaintenanceThreads(Engine engine, Tasks tasks) {
        this.engine = engine;
        this.tasks = tasks;
        this.thread = BackgroundThreads.thread("stele-housekeeper", this::work);
        this.embedding = BackgroundThreads.thread("stele-embedding", this::embed);
        this.graphs = BackgroundThreads.thread("stele-graphs", this::makeGraphs);
        thread.start();
        embedding.start();
        graphs.start();
    }

    /** Computes the embeddings of items that were written without them. */
    private void embed() {
        try {
            while (stop.getCount() > 0) {
                List<EmbeddingQueue.Item> batch = engine.embeddingQueue().take(EMBEDDING_BATCH);
                AgentName agent = batch.getFirst().agent();
                // The model is not loaded just for this.
                if (engine.embedder().isPresent() && engine.embedder().get().ready()) {
                    embed(agent, batch.stream().map(EmbeddingQueue.Item::number).toList());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void embed(AgentName agent, List<Long> numbers) {
        try {
            ifThere(agent, store -> new AgentMaintenance(engine).embed(store, numbers));
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "vectors of agent " + agent + " are made later: " + e.getMessage());
        }
    }

    /** Builds vector graphs on a thread of its own, because building takes long and must not delay other work. */
    private void makeGraphs() {
        try {
            while (!engine.config().readOnly()
                    && !stop.await(engine.config().housekeeping().toMillis(), TimeUnit.MILLISECONDS)) {
                engine.retriever().withoutGraph().forEach(this::makeGraph);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Builds a vector graph if no other process is building it; otherwise a later round finds it built. */
    private void makeGraph(AgentName agent) {
        try {
            ifThere(agent, store -> {
                Optional<Lease> lease = store.lease(GRAPH_LEASE);
                if (lease.isPresent()) {
                    try (Lease _ = lease.get()) {
                        engine.retriever().makeGraph(store, () -> stop.getCount() > 0);
                    }
                }
            });
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "the graph over the vectors of agent " + agent + " is put off: " + e.getMessage());
        }
    }

    private void work() {
        long pause = Math.min(
                engine.config().housekeeping().toMillis(),
                Math.max(1, engine.config().idleClose().toMillis() / 2));
        long sinceRound = 0;
        try {
            while (!stop.await(pause, TimeUnit.MILLISECONDS)) {
                sinceRound += pause;
                if (sinceRound >= engine.config().housekeeping().toMillis()) {
                    sinceRound = 0;
                    round();
                    forgetTasks();
                }
                engine.closeIdle(engine.config().idleClose().toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Maintains every agent that was written to since the last round. */
    void round() {
        for (AgentName agent : List.copyOf(engine.writtenAgents())) {
            engine.writtenAgents().remove(agent);
            try {
                ifThere(agent, store -> lookAfter(agent, store));
            } catch (SteleException e) {
                engine.writtenAgents().add(agent);
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "housekeeping of agent " + agent + " is put off: " + e.getMessage());
            }
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
        return stop.getCount() > 0 || System.nanoTime() - deadlineNanos < 0;
    }

    private void forgetTasks() {
        try {
            if (!engine.config().readOnly()) {
                tasks.prune(engine.config().tasks().keep());
            }
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.WARNING, "ended background jobs are kept a while longer", e);
        }
    }

    /** Stops the threads after their current work, then maintains the agents that were written to since. */
    @Override
    public void close() {
        deadlineNanos = System.nanoTime() + CLOSING_TIME.toNanos();
        stop.countDown();
        embedding.interrupt();
        try {
            embedding.join();
            graphs.join();
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        round();
    }
}
