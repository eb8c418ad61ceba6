package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallQuery;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.telemetry.Telemetry;
import dev.stele.telemetry.TelemetryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Benchmark of the time of a query in a memory of many messages, without the embedding of the query, and of the time
 * from the acknowledgement of a message until a query finds it. Vectors and words are synthetic, and all queries
 * differ.
 */
final class RecallBenchmark {

    private static final int BATCH_SIZE = 1_000;
    private static final int MESSAGES_PER_SESSION = 30;
    private static final int WORDS_PER_MESSAGE = 15;
    private static final int WORDS_PER_QUERY = 6;
    /** Number of measured writes. */
    private static final int WRITES = 100;
    /** Number of queries that warm up the JVM. */
    private static final int WARM_UP_QUERIES = 3_000;
    /** Number of writes that warm up the JVM. */
    private static final int WARM_UP_WRITES = 300;

    /** Number of operations by which the telemetry is measured. */
    private static final int TELEMETRY_CALLS = 1_000_000;

    private final int queries;
    private final Consumer<String> out;
    private final SyntheticWords texts = new SyntheticWords(7);

    RecallBenchmark(int queries, Consumer<String> out) {
        this.queries = queries;
        this.out = out;
    }

    /** Returns the mean time that the telemetry adds to an operation if no SDK of OpenTelemetry is registered. */
    private static double telemetryNanos() {
        var telemetry = new Telemetry(TelemetryConfig.DEFAULT);
        var agent = new AgentName("kira");
        long checksum = 0;
        double nanos = 0;
        for (int round = 0; round < 2; round++) { // the first round warms up the JVM
            long start = System.nanoTime();
            for (int i = 0; i < TELEMETRY_CALLS; i++) {
                Integer value = i;
                checksum += telemetry.call(
                        () -> OperationStart.search(agent, "a query"),
                        () -> value,
                        _ -> OperationOutcome.Succeeded.of(1));
            }
            nanos = (System.nanoTime() - start) / (double) TELEMETRY_CALLS;
        }
        if (checksum != (long) TELEMETRY_CALLS * (TELEMETRY_CALLS - 1)) {
            throw new IllegalStateException("the telemetry changed the result of an operation");
        }
        return nanos;
    }

    /** Measures a memory with this number of messages and prints one line. */
    void run(int items) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try (Stele stele =
                Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(new SyntheticEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            for (int from = 0; from < items; from += BATCH_SIZE) {
                var drafts = new ArrayList<MessageDraft>();
                for (int i = from; i < Math.min(items, from + BATCH_SIZE); i++) {
                    drafts.add(MessageDraft.user(
                            "session-" + i / MESSAGES_PER_SESSION, "ana", texts.next(WORDS_PER_MESSAGE)));
                }
                memory.remember(drafts);
            }
            var queryMicros = new long[queries];
            for (int i = -WARM_UP_QUERIES; i < queries; i++) {
                RecallQuery query = RecallQuery.of(texts.next(WORDS_PER_QUERY));
                long start = System.nanoTime();
                memory.recall(query);
                if (i >= 0) {
                    queryMicros[i] = (System.nanoTime() - start) / 1_000;
                }
            }
            Arrays.sort(queryMicros);
            var visibilityMicros = new long[WRITES];
            for (int i = -WARM_UP_WRITES; i < WRITES; i++) {
                String word = "brandnew" + (i + WARM_UP_WRITES);
                memory.remember(MessageDraft.user("last", "ana", "a " + word));
                long start = System.nanoTime();
                boolean isFound = !memory.recall(RecallQuery.of(word)).hits().isEmpty();
                if (i >= 0) {
                    visibilityMicros[i] = (System.nanoTime() - start) / 1_000;
                }
                if (!isFound) {
                    throw new IllegalStateException("a message that was written is not found");
                }
            }
            Arrays.sort(visibilityMicros);
            out.accept(String.format(
                    Locale.ROOT,
                    "%,d messages: query p50 %.2f ms, p99 %.2f ms; from acknowledgement to visibility p50 %.2f ms, p99 %.2f ms",
                    items,
                    queryMicros[queries / 2] / 1e3,
                    queryMicros[Math.min(queries - 1, queries * 99 / 100)] / 1e3,
                    visibilityMicros[WRITES / 2] / 1e3,
                    visibilityMicros[WRITES * 99 / 100] / 1e3));
            double telemetryNanos = telemetryNanos();
            out.accept(String.format(
                    Locale.ROOT,
                    "telemetry of one operation without an SDK: %.0f ns, %.3f %% of the query p50",
                    telemetryNanos,
                    telemetryNanos / 10.0 / Math.max(1, queryMicros[queries / 2])));
        } finally {
            TempDirectories.delete(data);
        }
    }
}
