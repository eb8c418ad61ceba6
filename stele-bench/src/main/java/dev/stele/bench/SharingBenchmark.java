package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.cli.config.Logging;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallQuery;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Benchmark of the memory of processes that share the files of vectors: resident memory of one process that queries a
 * large memory, and of each of several at the same time, as Linux reports it. Rss counts shared pages in each process;
 * Pss divides them among the processes that share them.
 */
final class SharingBenchmark {

    private static final int BATCH_SIZE = 1_000;
    /** Number of queries of a process before its memory is measured. */
    private static final int QUERIES = 200;

    private final Consumer<String> out;

    SharingBenchmark(Consumer<String> out) {
        this.out = out;
    }

    /**
     * Runs the benchmark.
     *
     * @param items number of messages
     * @param processes number of concurrent processes of the second measurement
     */
    void run(int items, int processes) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try {
            try (Stele stele = open(data)) {
                AgentMemory memory = stele.agent("kira");
                for (int from = 0; from < items; from += BATCH_SIZE) {
                    var drafts = new ArrayList<MessageDraft>();
                    for (int i = from; i < Math.min(items, from + BATCH_SIZE); i++) {
                        drafts.add(MessageDraft.user("s" + i / 30, "ana", "message number " + i));
                    }
                    memory.remember(drafts);
                }
                memory.recall("number 7"); // creates the snapshot that is saved on close
            }
            try (var files = Files.list(data.resolve("agents/kira"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".derived"))
                        .toList()) {
                    out.accept("%s: %,d bytes".formatted(file.getFileName(), Files.size(file)));
                }
            }
            for (int count : new int[] {1, processes}) {
                var running = new ArrayList<Process>();
                try {
                    for (int i = 0; i < count; i++) {
                        running.add(start(data));
                    }
                    var readers = running.stream().map(SharingBenchmark::reader).toList();
                    for (BufferedReader reader : readers) {
                        reader.readLine(); // waits until the process has run its queries
                    }
                    for (Process process : running) {
                        out.accept("%d concurrent: %s".formatted(count, memoryOf(process)));
                    }
                } finally {
                    running.forEach(Process::destroy);
                }
            }
        } finally {
            TempDirectories.delete(data);
        }
    }

    private static Stele open(Path data) {
        return Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(new SyntheticEmbedder()));
    }

    private static Process start(Path data) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SharingBenchmark.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String memoryOf(Process process) throws IOException {
        var figures = new ArrayList<String>();
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
            List<String> fields = List.of(line.split("\\s+", -1));
            if (fields.size() > 2
                    && List.of("Rss:", "Pss:", "Pss_Anon:", "Pss_File:").contains(fields.getFirst())) {
                figures.add(fields.getFirst() + " " + Long.parseLong(fields.get(1)) / 1024 + " MiB");
            }
        }
        return String.join(", ", figures);
    }

    /** Entry point of a measured process, which runs queries, prints a line, and waits until the benchmark ends it. */
    public static void main(String[] arguments) throws Exception {
        Logging.configure("warning");
        try (Stele stele = open(Path.of(arguments[0]))) {
            for (int i = 0; i < QUERIES; i++) {
                stele.agent("kira").recall(RecallQuery.of("message number " + i * 31));
            }
            System.out.println("ready");
            System.in.read();
        }
    }
}
