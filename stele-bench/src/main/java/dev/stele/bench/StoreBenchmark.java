package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.bench.WriteBenchmark.Result;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Comparison of a database server with a data directory: the same writes and queries on both, in turns. */
final class StoreBenchmark {

    private static final int MESSAGES = 5_000;
    private static final int QUERIES = 300;
    private static final long WARM_UP_MILLIS = 6_000;
    /** Number of threads that create agents. */
    private static final int CREATING_THREADS = 8;

    private final String url;
    private final int threads;
    private final int agents;
    private final int rounds;
    private final long millis;
    private final Consumer<String> out;

    StoreBenchmark(String url, int threads, int agents, int rounds, long millis, Consumer<String> out) {
        this.url = url;
        this.threads = threads;
        this.agents = agents;
        this.rounds = rounds;
        this.millis = millis;
        this.out = out;
    }

    /**
     * Runs the benchmark and prints one line per measurement.
     *
     * @param emptyAgents number of empty agents whose creation is timed; 0 for none
     */
    void run(int emptyAgents) throws IOException, InterruptedException, ExecutionException {
        Path data = Files.createTempDirectory("stele-bench");
        try {
            for (int round = 1; round <= rounds; round++) {
                measureWrites(round, data.resolve("writes" + round));
            }
            measureNodes();
            measureQueries(data.resolve("questions"));
            if (emptyAgents > 0) {
                measureEmptyAgents(emptyAgents);
            }
        } finally {
            TempDirectories.delete(data);
        }
    }

    private void measureWrites(int round, Path data) throws IOException {
        for (int agentCount : List.of(1, agents)) {
            Result directory =
                    WriteBenchmark.run(data.toString() + agentCount, 1, threads, millis, agentCount, WARM_UP_MILLIS);
            Result server = WriteBenchmark.run(url, 1, threads, millis, agentCount, WARM_UP_MILLIS);
            out.accept(String.format(
                    Locale.ROOT,
                    "round %d, %d threads, %d agents: directory %,.0f/s (p99 %.0f ms), server %,.0f/s (p99 %.0f ms), ratio %.2f",
                    round,
                    threads,
                    agentCount,
                    perSecond(directory),
                    directory.p99Micros() / 1e3,
                    perSecond(server),
                    server.p99Micros() / 1e3,
                    (double) server.count() / directory.count()));
        }
    }

    private void measureNodes() throws IOException {
        double singleRate = 0;
        for (int nodes = 1; nodes <= 3; nodes++) {
            Result result = WriteBenchmark.run(url, nodes, threads / nodes, millis, agents, WARM_UP_MILLIS);
            singleRate = nodes == 1 ? perSecond(result) : singleRate;
            out.accept(String.format(
                    Locale.ROOT,
                    "%d nodes, %d threads in total, %d agents: %,.0f/s (p99 %.0f ms), ratio to one node %.2f",
                    nodes,
                    threads,
                    agents,
                    perSecond(result),
                    result.p99Micros() / 1e3,
                    perSecond(result) / singleRate));
        }
    }

    private double perSecond(Result result) {
        return result.count() * 1e3 / millis;
    }

    private void measureQueries(Path data) {
        try (Stele directory = Stele.open(
                        StoreLocation.config(data.toString()).withRetention(0, true), Optional.of(new SampleRows()));
                Stele server =
                        Stele.open(StoreLocation.config(url).withRetention(0, true), Optional.of(new SampleRows()))) {
            List<AgentMemory> memories = List.of(directory.agent("questions"), server.agent("questions"));
            for (AgentMemory memory : memories) {
                for (int from = 0; from < MESSAGES; from += 500) {
                    var batch = new ArrayList<MessageDraft>();
                    for (int i = from; i < from + 500; i++) {
                        batch.add(MessageDraft.user("session-" + i % 20, "ana", SampleRows.text(i)));
                    }
                    memory.remember(batch);
                }
            }
            long[][] waits = new long[2][QUERIES];
            for (int i = 0; i < 2 * QUERIES; i++) {
                for (int m = 0; m < 2; m++) {
                    long start = System.nanoTime();
                    memories.get(m)
                            .recall(RecallQuery.of(SampleRows.text(i * 7L % MESSAGES))
                                    .withLimit(10));
                    waits[m][i % QUERIES] = System.nanoTime() - start; // the second half replaces the warm-up times
                }
            }
            Arrays.sort(waits[0]);
            Arrays.sort(waits[1]);
            out.accept(String.format(
                    Locale.ROOT,
                    "queries to an agent of %,d messages, p50: directory %.2f ms, server %.2f ms, ratio %.2f",
                    MESSAGES,
                    waits[0][QUERIES / 2] / 1e6,
                    waits[1][QUERIES / 2] / 1e6,
                    (double) waits[1][QUERIES / 2] / waits[0][QUERIES / 2]));
        }
    }

    /** Measures the creation of empty agents, whose time must not grow with the number of agents. */
    private void measureEmptyAgents(int count) throws InterruptedException, ExecutionException {
        try (Stele server = Stele.open(StoreLocation.config(url), Optional.empty());
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            int step = Math.max(1, count / 5);
            for (int from = 0; from < count; from += step) {
                long start = System.nanoTime();
                int end = Math.min(count, from + step);
                var running = new ArrayList<Future<?>>();
                for (int t = 0; t < CREATING_THREADS; t++) {
                    int first = from + t;
                    running.add(pool.submit(() -> {
                        for (int i = first; i < end; i += CREATING_THREADS) {
                            server.agent("empty" + i).users().update("ana", context -> context);
                        }
                    }));
                }
                for (Future<?> future : running) {
                    future.get();
                }
                out.accept(String.format(
                        Locale.ROOT,
                        "agents %,d to %,d, created, opened and written to once by %d threads: %.2f ms per agent",
                        from,
                        end,
                        CREATING_THREADS,
                        (System.nanoTime() - start) / 1e6 / (end - from)));
            }
        }
    }
}
