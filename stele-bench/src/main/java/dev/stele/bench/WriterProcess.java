package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.cli.config.Logging;
import dev.stele.model.MessageDraft;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Process of the write benchmark that writes from many threads, with the arguments {@code location threads millis
 * agents warmUpMillis}. The process writes for {@code warmUpMillis}, prints {@code ready}, waits for a line, writes for
 * {@code millis}, and prints three numbers: the acknowledged messages, the longest wait and the 99th percentile of the
 * waits, both in microseconds.
 */
final class WriterProcess {

    /** Texts of the messages, created before the measurement. */
    private static final List<String> TEXTS =
            LongStream.range(0, 20_000).mapToObj(SampleRows::text).toList();

    private WriterProcess() {}

    public static void main(String[] arguments) throws Exception {
        Logging.configure("warning");
        int threads = Integer.parseInt(arguments[1]);
        long millis = Long.parseLong(arguments[2]);
        int agents = Integer.parseInt(arguments[3]);
        long warmUpMillis = Long.parseLong(arguments[4]);
        try (Stele stele =
                Stele.open(StoreLocation.config(arguments[0]).withRetention(0, true), Optional.of(new SampleRows()))) {
            List<AgentMemory> memories = IntStream.range(0, agents)
                    .mapToObj(agent -> stele.agent("bench" + agent))
                    .toList();
            // The first writes load and compile classes.
            write(memories, threads, warmUpMillis, "warm-up-");
            System.out.println("ready");
            if (System.in.read() < 0) {
                return;
            }
            long[] waits = write(memories, threads, millis, "session-");
            Arrays.sort(waits);
            System.out.printf(
                    "%d %d %d%n",
                    waits.length, waits[waits.length - 1] / 1_000, waits[(int) (waits.length * 0.99)] / 1_000);
        }
    }

    /** Writes from all threads for a time. Returns the wait of each write, in nanoseconds. */
    private static long[] write(List<AgentMemory> memories, int threads, long millis, String prefix) throws Exception {
        long end = System.nanoTime() + millis * 1_000_000;
        List<Future<long[]>> running = new ArrayList<>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < threads; i++) {
                String session = prefix + ProcessHandle.current().pid() + "-" + i;
                int first = i;
                AgentMemory memory = memories.get(i % memories.size());
                running.add(pool.submit(() -> {
                    var waits = new long[1_000_000];
                    int count = 0;
                    while (System.nanoTime() < end && count < waits.length) {
                        String text = TEXTS.get((first + threads * count) % TEXTS.size());
                        long start = System.nanoTime();
                        memory.remember(MessageDraft.user(session, "ana", text));
                        waits[count++] = System.nanoTime() - start;
                    }
                    return Arrays.copyOf(waits, count);
                }));
            }
        }
        var all = new ArrayList<long[]>();
        for (Future<long[]> future : running) {
            all.add(future.get());
        }
        return all.stream().flatMapToLong(Arrays::stream).toArray();
    }
}
