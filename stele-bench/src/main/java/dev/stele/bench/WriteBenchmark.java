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
 * Benchmark of durable writes, each with message, vector and keyword index, acknowledged after an fsync: one process
 * beside one raw SQLite transaction of the same rows, then several processes beside one.
 */
final class WriteBenchmark {

    private static final long WARM_UP_MILLIS = 8_000;

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

    /** Compares one process with raw SQLite. Prints one line per round and the median ratio. */
    void compareWithRawSqlite() throws IOException, SQLException, InterruptedException, ExecutionException {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            Path data = Files.createTempDirectory("stele-bench");
            try {
                double rawRate = messages / (RawSqlite.write(data.resolve("raw.db"), messages, rows) / 1e9);
                double steleRate = messages / (writeToStele(data) / 1e9);
                if (round > 0) { // round 0 warms up
                    ratios.add(steleRate / rawRate);
                    out.accept(String.format(
                            Locale.ROOT,
                            "round %d: raw SQLite %,.0f/s, Stele with %d threads %,.0f/s, ratio %.2f",
                            round,
                            rawRate,
                            threads,
                            steleRate,
                            steleRate / rawRate));
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
            long start = System.nanoTime();
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
            for (Future<Integer> future : running) {
                future.get();
            }
            return System.nanoTime() - start;
        }
    }

    /**
     * Measurements of all processes of a run.
     *
     * @param count number of acknowledged messages of all processes
     * @param maxMicros longest wait for an acknowledgement, in microseconds
     * @param p99Micros largest 99th percentile of a process, in microseconds
     */
    record Result(long count, long maxMicros, long p99Micros) {}

    /**
     * Compares several processes that write to one agent with one process of the same total number of threads. Prints
     * one line per round.
     *
     * @param processes number of processes
     * @param millis length of a round, in milliseconds
     */
    void compareProcesses(int processes, long millis) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            Result single = runInNewDirectory(1, threads, millis);
            Result several = runInNewDirectory(processes, threads / processes, millis);
            out.accept(String.format(
                    Locale.ROOT,
                    "round %d: 1 process %,.0f/s (p99 %.1f ms, max. %.0f ms), %d processes %,.0f/s (p99 %.1f ms, max. %.0f ms), ratio %.2f",
                    round,
                    single.count() * 1e3 / millis,
                    single.p99Micros() / 1e3,
                    single.maxMicros() / 1e3,
                    processes,
                    several.count() * 1e3 / millis,
                    several.p99Micros() / 1e3,
                    several.maxMicros() / 1e3,
                    (double) several.count() / single.count()));
        }
    }

    private static Result runInNewDirectory(int processes, int threadsEach, long millis) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try {
            return run(data.toString(), processes, threadsEach, millis, 1, WARM_UP_MILLIS);
        } finally {
            TempDirectories.delete(data);
        }
    }

    /**
     * Runs processes that write at the same time.
     *
     * @param location data directory or URL of a database
     * @param processes number of processes
     * @param threadsEach number of threads of each process
     * @param millis length of the measurement, in milliseconds
     * @param agents number of agents; the threads are distributed over them
     * @param warmUpMillis length of the writes before the measurement, in milliseconds
     * @throws IOException if a process ends before it reports its result
     */
    static Result run(String location, int processes, int threadsEach, long millis, int agents, long warmUpMillis)
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
                                location,
                                String.valueOf(threadsEach),
                                String.valueOf(millis),
                                String.valueOf(agents),
                                String.valueOf(warmUpMillis))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                running.add(process);
                outputs.add(process.inputReader(StandardCharsets.UTF_8));
            }
            for (BufferedReader output : outputs) {
                readLine(output);
            }
            for (Process process : running) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
            }
            long count = 0;
            long maxMicros = 0;
            long p99Micros = 0;
            for (BufferedReader output : outputs) {
                String[] figures = readLine(output).split(" ", -1);
                count += Long.parseLong(figures[0]);
                maxMicros = Math.max(maxMicros, Long.parseLong(figures[1]));
                p99Micros = Math.max(p99Micros, Long.parseLong(figures[2]));
            }
            for (Process process : running) {
                process.waitFor();
            }
            return new Result(count, maxMicros, p99Micros);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            running.forEach(Process::destroyForcibly);
        }
    }

    private static String readLine(BufferedReader output) throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("a writer process ended before it reported its result");
        }
        return line;
    }
}
