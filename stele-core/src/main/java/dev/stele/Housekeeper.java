package dev.stele;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.model.AgentName;
import dev.stele.model.SteleException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStore.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Daemon threads: one closes idle agents and looks after those written since its last round, one makes vectors soon, and one makes graphs over
 * the vectors of those that have very many. What they do not get to is done at the next round, by this process or another: all they need to
 * know is in the store.
 */
final class Housekeeper implements AutoCloseable {

    private static final String LEASE = "upkeep";
    private static final String GRAPH_LEASE = "hnsw";
    private static final System.Logger LOG = System.getLogger(Housekeeper.class.getName());

    /** So many items get their vectors at once: few, since who asks something waits until they have them. */
    private static final int SOON = 8;

    /** For so long after it is closed it makes vectors yet: enough for a conversation, and nobody waits long for it to close. */
    private static final Duration LAST_WORK = Duration.ofSeconds(2);

    private final Memory memory;
    /** By {@link System#nanoTime}; written once, before {@link #stop} tells of it. */
    private volatile long end;

    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private final Thread embedding;
    private final Thread graphs;

    Housekeeper(Memory memory) {
        this.memory = memory;
        this.thread = BackgroundThreads.thread("stele-housekeeper", this::work);
        this.embedding = BackgroundThreads.thread("stele-embedding", this::embed);
        this.graphs = BackgroundThreads.thread("stele-graphs", this::makeGraphs);
        thread.start();
        embedding.start();
        graphs.start();
    }

    /** Makes vectors soon for what was written without. */
    private void embed() {
        try {
            while (stop.getCount() > 0) {
                List<Unembedded.Item> batch = memory.unembedded().take(SOON);
                AgentName agent = batch.getFirst().agent();
                // A model that is not loaded is not loaded for this.
                if (memory.embedder().isPresent() && memory.embedder().get().ready()) {
                    embed(agent, batch.stream().map(Unembedded.Item::number).toList());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void embed(AgentName agent, List<Long> numbers) {
        try {
            ifThere(agent, store -> new Upkeep(memory).embed(store, numbers));
        } catch (SteleException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "vectors of agent " + agent + " are made later: " + e.getMessage());
        }
    }

    /** A graph takes long, so that nothing else may wait for it. */
    private void makeGraphs() {
        try {
            while (!memory.config().readOnly()
                    && !stop.await(memory.config().housekeeping().toMillis(), TimeUnit.MILLISECONDS)) {
                memory.recall().withoutGraph().forEach(this::makeGraph);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One process at a time; whoever comes meanwhile comes again, and finds it made. */
    private void makeGraph(AgentName agent) {
        try {
            ifThere(agent, store -> {
                Optional<Lease> lease = store.lease(GRAPH_LEASE);
                if (lease.isPresent()) {
                    try (Lease _ = lease.get()) {
                        memory.recall().makeGraph(store, () -> stop.getCount() > 0);
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
                memory.config().housekeeping().toMillis(),
                Math.max(1, memory.config().idleClose().toMillis() / 2));
        long sinceRound = 0;
        try {
            while (!stop.await(pause, TimeUnit.MILLISECONDS)) {
                sinceRound += pause;
                if (sinceRound >= memory.config().housekeeping().toMillis()) {
                    sinceRound = 0;
                    round();
                    forgetTasks();
                }
                memory.open().closeIdle(memory.config().idleClose().toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks after every agent written since the last round. */
    void round() {
        for (AgentName agent : List.copyOf(memory.written())) {
            memory.written().remove(agent);
            try {
                ifThere(agent, store -> lookAfter(agent, store));
            } catch (SteleException e) {
                memory.written().add(agent);
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "housekeeping of agent " + agent + " is put off: " + e.getMessage());
            }
        }
    }

    /** Does something to an agent, unless it was forgotten. */
    private void ifThere(AgentName agent, Consumer<AgentStore> work) {
        if (memory.stores().exists(agent)) {
            memory.runOnExisting(agent, work);
        }
    }

    /** One process at a time does it; whoever comes meanwhile looks again, for it may have written since the other looked. */
    private void lookAfter(AgentName agent, AgentStore store) {
        Optional<Lease> lease = store.lease(LEASE);
        if (lease.isEmpty()) {
            memory.written().add(agent);
            return;
        }
        try (Lease _ = lease.get()) {
            new Upkeep(memory).run(store, this::hasTime);
        }
    }

    private boolean hasTime() {
        return stop.getCount() > 0 || System.nanoTime() - end < 0;
    }

    private void forgetTasks() {
        try {
            if (!memory.config().readOnly()) {
                memory.tasks().prune(memory.config().tasks().keep());
            }
        } catch (SteleException e) {
            LOG.log(System.Logger.Level.WARNING, "ended background jobs are kept a while longer", e);
        }
    }

    /** Ends the threads after what they are doing, then looks after what was written since. */
    @Override
    public void close() {
        end = System.nanoTime() + LAST_WORK.toNanos();
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
