package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.bench.WriteBenchmark.Done;
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

/** A database server beside a data directory: the same writes and questions on both, in turns. */
final class StoreBenchmark {

    private static final int MESSAGES = 5_000;
    private static final int QUESTIONS = 300;
    private static final long WARM_UP = 6_000;
    /** Agents that are made at once. */
    private static final int AT_ONCE = 8;

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

    void run(int empty) throws IOException, InterruptedException, ExecutionException {
        Path data = Files.createTempDirectory("stele-bench");
        try {
            for (int round = 1; round <= rounds; round++) {
                writes(round, data.resolve("writes" + round));
            }
            nodes();
            questions(data.resolve("questions"));
            if (empty > 0) {
                empty(empty);
            }
        } finally {
            TempDirectories.delete(data);
        }
    }

    private void writes(int round, Path data) throws IOException {
        for (int many : List.of(1, agents)) {
            Done directory = WriteBenchmark.run(data.toString() + many, 1, threads, millis, many, WARM_UP);
            Done server = WriteBenchmark.run(url, 1, threads, millis, many, WARM_UP);
            out.accept(String.format(
                    Locale.ROOT,
                    "round %d, %d threads on %d agents: directory %,.0f/s (p99 %.0f ms), server %,.0f/s (p99 %.0f ms), ratio %.2f",
                    round,
                    threads,
                    many,
                    perSecond(directory),
                    directory.p99Micros() / 1e3,
                    perSecond(server),
                    server.p99Micros() / 1e3,
                    (double) server.count() / directory.count()));
        }
    }

    private void nodes() throws IOException {
        double first = 0;
        for (int nodes = 1; nodes <= 3; nodes++) {
            Done done = WriteBenchmark.run(url, nodes, threads / nodes, millis, agents, WARM_UP);
            first = nodes == 1 ? perSecond(done) : first;
            out.accept(String.format(
                    Locale.ROOT,
                    "%d nodes with %d threads altogether on %d agents: %,.0f/s (p99 %.0f ms), %.2f of one",
                    nodes,
                    threads,
                    agents,
                    perSecond(done),
                    done.p99Micros() / 1e3,
                    perSecond(done) / first));
        }
    }

    private double perSecond(Done done) {
        return done.count() * 1e3 / millis;
    }

    private void questions(Path data) {
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
            long[][] waits = new long[2][QUESTIONS];
            for (int i = 0; i < 2 * QUESTIONS; i++) {
                for (int m = 0; m < 2; m++) {
                    long began = System.nanoTime();
                    memories.get(m)
                            .recall(RecallQuery.of(SampleRows.text(i * 7L % MESSAGES))
                                    .withLimit(10));
                    waits[m][i % QUESTIONS] = System.nanoTime() - began; // the first half warms up
                }
            }
            Arrays.sort(waits[0]);
            Arrays.sort(waits[1]);
            out.accept(String.format(
                    Locale.ROOT,
                    "questions to an agent of %,d messages, p50: directory %.2f ms, server %.2f ms, ratio %.2f",
                    MESSAGES,
                    waits[0][QUESTIONS / 2] / 1e6,
                    waits[1][QUESTIONS / 2] / 1e6,
                    (double) waits[1][QUESTIONS / 2] / waits[0][QUESTIONS / 2]));
        }
    }

    /** Agents that were made and used once; the cost of one must not grow with how many there are. */
    private void empty(int count) throws InterruptedException, ExecutionException {
        try (Stele server = Stele.open(StoreLocation.config(url), Optional.empty());
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            int step = Math.max(1, count / 5);
            for (int from = 0; from < count; from += step) {
                long began = System.nanoTime();
                int until = Math.min(count, from + step);
                var running = new ArrayList<Future<?>>();
                for (int t = 0; t < AT_ONCE; t++) {
                    int first = from + t;
                    running.add(pool.submit(() -> {
                        for (int i = first; i < until; i += AT_ONCE) {
                            server.agent("empty" + i).users().update("ana", context -> context);
                        }
                    }));
                }
                for (Future<?> one : running) {
                    one.get();
                }
                out.accept(String.format(
                        Locale.ROOT,
                        "agents %,d to %,d, %d at once, each made, opened and written to once: %.2f ms each",
                        from,
                        until,
                        AT_ONCE,
                        (System.nanoTime() - began) / 1e6 / (until - from)));
            }
        }
    }
}
