package dev.stele.bench;

import dev.stele.embedding.Embedder;
import dev.stele.language.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Benchmark of an embedding model: the texts of lists that one caller embeds one after another, as imports do, beside
 * the model's own limit, one caller for each processor that embeds one text after another. In turns; each round embeds
 * the same texts.
 */
final class EmbeddingBenchmark {

    /** Numbers of texts of a list: those of the queue of conversations, and those of maintenance. */
    private static final List<Integer> LIST_SIZES = List.of(8, 32);

    private final Embedder embedder;
    private final int rounds;
    private final Consumer<String> out;
    private final List<String> texts = new ArrayList<>();

    /**
     * Creates a benchmark.
     *
     * @param embedder model
     * @param count number of texts
     * @param rounds number of measured rounds
     * @param out receives the lines of the result
     */
    EmbeddingBenchmark(Embedder embedder, int count, int rounds, Consumer<String> out) {
        this.embedder = embedder;
        this.rounds = rounds;
        this.out = out;
        var random = new Random(1);
        var sentences = new SyntheticSentences(1);
        for (int i = 0; i < count; i++) {
            // Most messages are short and a few are long.
            int length = random.nextInt(10) == 0 ? 10 + random.nextInt(20) : 1 + random.nextInt(6);
            var text = new StringBuilder();
            for (int sentence = 0; sentence < length; sentence++) {
                text.append(sentences.next()).append(' ');
            }
            texts.add(text.toString().strip());
        }
    }

    /** Prints one line for each round and the median ratios. */
    void run() throws InterruptedException, ExecutionException {
        long tokens = texts.stream().mapToLong(TokenCounter.standard()::count).sum();
        out.accept(String.format(
                Locale.ROOT,
                "%s, %d processors, %d texts of %d tokens on average",
                embedder.model(),
                Runtime.getRuntime().availableProcessors(),
                texts.size(),
                tokens / texts.size()));
        List<List<Double>> ratios = new ArrayList<>();
        LIST_SIZES.forEach(_ -> ratios.add(new ArrayList<>()));
        for (int round = 0; round <= rounds; round++) {
            double limit = rate(this::oneByOne);
            var line = new StringBuilder(String.format(
                    Locale.ROOT,
                    "round %d: limit %,.0f texts/s, %,.0f tokens/s",
                    round,
                    limit,
                    limit * tokens / texts.size()));
            for (int i = 0; i < LIST_SIZES.size(); i++) {
                int size = LIST_SIZES.get(i);
                double rate = rate(() -> inLists(size));
                ratios.get(i).add(rate / limit);
                line.append(String.format(
                        Locale.ROOT, "; lists of %d %,.0f texts/s, ratio %.2f", size, rate, rate / limit));
            }
            if (round == 0) {
                ratios.forEach(List::clear); // it warms up
            } else {
                out.accept(line.toString());
            }
        }
        for (int i = 0; i < LIST_SIZES.size(); i++) {
            List<Double> ordered = ratios.get(i).stream().sorted().toList();
            out.accept(String.format(
                    Locale.ROOT, "lists of %d: median ratio %.2f", LIST_SIZES.get(i), ordered.get(ordered.size() / 2)));
        }
    }

    private interface Work {
        void run() throws InterruptedException, ExecutionException;
    }

    private double rate(Work work) throws InterruptedException, ExecutionException {
        long start = System.nanoTime();
        work.run();
        return texts.size() / ((System.nanoTime() - start) / 1e9);
    }

    private void oneByOne() throws InterruptedException, ExecutionException {
        var next = new AtomicInteger();
        Callable<Integer> caller = () -> {
            int done = 0;
            for (int i = next.getAndIncrement(); i < texts.size(); i = next.getAndIncrement()) {
                done += embedder.embed(List.of(texts.get(i))).size();
            }
            return done;
        };
        int processors = Runtime.getRuntime().availableProcessors();
        try (var callers = Executors.newFixedThreadPool(processors)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < processors; i++) {
                running.add(callers.submit(caller));
            }
            for (Future<Integer> future : running) {
                future.get();
            }
        }
    }

    private void inLists(int size) {
        for (int from = 0; from < texts.size(); from += size) {
            embedder.embed(texts.subList(from, Math.min(texts.size(), from + size)));
        }
    }
}
