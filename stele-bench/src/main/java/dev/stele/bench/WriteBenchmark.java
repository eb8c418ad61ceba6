package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Durable writes: message, vector and keyword index, each acknowledged after an fsync. From one process beside the same
 * rows in one raw SQLite transaction, in turns; then from several processes beside one.
 */
final class WriteBenchmark {

    private static final long WARM_UP = 8_000;

    private final int threads;
    private final int messages;
    private final int rounds;
    private final Consumer<String> out;
    private final SampleRows rows = new SampleRows();

    WriteBenchmark(int threads, int messages, int rounds, Consumer<String> out) {
        this.threads = threads;
        this.messages = messages;
        this.rounds = rounds;
        this.out = out;
    }

    /** One process against raw SQLite. */
    void againstRaw() throws IOException, SQLException, InterruptedException, ExecutionException {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            Path data = Files.createTempDirectory("stele-bench");
            try {
                double raw = messages / (RawSqlite.write(data.resolve("raw.db"), messages, rows) / 1e9);
                double stele = messages / (writeToStele(data) / 1e9);
                if (round > 0) { // the first round warms up
                    ratios.add(stele / raw);
                    out.accept(String.format(
                            Locale.ROOT,
                            "round %d: raw transaction %,.0f/s, stele %d threads %,.0f/s durable, ratio %.2f",
                            round,
                            raw,
                            threads,
                            stele,
                            stele / raw));
                }
            } finally {
                TempDirectories.delete(data);
            }
        }
        ratios.sort(null);
        out.accept(String.format(Locale.ROOT, "median ratio %.2f", ratios.get(ratios.size() / 2)));
    }

    private long writeToStele(Path data) throws InterruptedException, ExecutionException {
        List<String> texts =
                LongStream.range(0, messages).mapToObj(SampleRows::text).toList();
        try (Stele stele = Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(rows))) {
            AgentMemory memory = stele.agent("bench");
            memory.remember(MessageDraft.user("first", "ana", "opens the agent"));
            long began = System.nanoTime();
            List<Future<Integer>> running = new ArrayList<>();
            try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int t = 0; t < threads; t++) {
                    int first = t;
                    running.add(pool.submit(() -> {
                        for (int i = first; i < messages; i += threads) {
                            memory.remember(MessageDraft.user("session-" + first, "ana", texts.get(i)));
                        }
                        return first;
                    }));
                }
            }
            for (Future<Integer> one : running) {
                one.get();
            }
            return System.nanoTime() - began;
        }
    }

    /** What one process, or each of several, did. */
    record Done(long count, long worstMicros, long p99Micros) {}

    /** Several processes on one agent against one process with as many threads altogether. */
    void processes(int processes, long millis) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            Done one = inNewDirectory(1, threads, millis);
            Done many = inNewDirectory(processes, threads / processes, millis);
            out.accept(String.format(
                    Locale.ROOT,
                    "round %d: 1 process %,.0f/s (p99 %.1f ms, worst %.0f ms), %d processes %,.0f/s (p99 %.1f ms, worst %.0f ms), ratio %.2f",
                    round,
                    one.count() * 1e3 / millis,
                    one.p99Micros() / 1e3,
                    one.worstMicros() / 1e3,
                    processes,
                    many.count() * 1e3 / millis,
                    many.p99Micros() / 1e3,
                    many.worstMicros() / 1e3,
                    (double) many.count() / one.count()));
        }
    }

    private static Done inNewDirectory(int processes, int threadsEach, long millis) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try {
            return run(data.toString(), processes, threadsEach, millis, 1, WARM_UP);
        } finally {
            TempDirectories.delete(data);
        }
    }

    /**
     * Processes that write to a place.
     *
     * @param agents to how many agents the threads write, in turns
     * @param warmUp for how many milliseconds they write before that
     */
    static Done run(String place, int processes, int threadsEach, long millis, int agents, long warmUp)
            throws IOException {
        List<Process> running = new ArrayList<>();
        try {
            List<BufferedReader> outputs = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                Process process = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx1g",
                                "-cp",
                                System.getProperty("java.class.path"),
                                WriterProcess.class.getName(),
                                place,
                                String.valueOf(threadsEach),
                                String.valueOf(millis),
                                String.valueOf(agents),
                                String.valueOf(warmUp))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                running.add(process);
                outputs.add(process.inputReader(StandardCharsets.UTF_8));
            }
            for (BufferedReader output : outputs) {
                expect(output);
            }
            for (Process process : running) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
            }
            long count = 0;
            long worst = 0;
            long p99 = 0;
            for (BufferedReader output : outputs) {
                String[] figures = expect(output).split(" ", -1);
                count += Long.parseLong(figures[0]);
                worst = Math.max(worst, Long.parseLong(figures[1]));
                p99 = Math.max(p99, Long.parseLong(figures[2]));
            }
            for (Process process : running) {
                process.waitFor();
            }
            return new Done(count, worst, p99);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            running.forEach(Process::destroyForcibly);
        }
    }

    private static String expect(BufferedReader output) throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("a writing process ended early");
        }
        return line;
    }
}
