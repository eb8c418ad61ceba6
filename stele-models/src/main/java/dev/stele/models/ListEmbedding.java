package dev.stele.models;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Texts of one list, embedded one at a time by the threads of a pool. A thread that has finished a text goes to the end
 * of the queue of the pool, so that lists of several callers progress evenly and no thread of the pool waits for
 * another one. The longest texts come first: a long one at the end would keep one thread busy alone. Thread-safe.
 */
final class ListEmbedding implements Runnable {

    private final Function<String, float[]> model;
    private final Executor workers;
    private final List<String> texts;
    /** Indexes of the texts, the longest text first. Not changed after the construction. */
    private final int[] order;

    /** Vectors by index of the text. Each element is written once, before {@link #missing} is decremented for it. */
    private final float[][] vectors;

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger missing;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private ListEmbedding(Function<String, float[]> model, List<String> texts, Executor workers) {
        this.model = model;
        this.workers = workers;
        this.texts = texts;
        this.vectors = new float[texts.size()][];
        this.missing = new AtomicInteger(texts.size());
        this.order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(
                                (Integer index) -> texts.get(index).length())
                        .reversed())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Embeds texts and waits for the result.
     *
     * @param model computes the vector of a text; called on the threads of the pool
     * @param texts the texts
     * @param workers pool
     * @param parallel maximum number of texts that are embedded at the same time, at least 1
     * @return the vectors, in the order of the texts
     * @throws RuntimeException the first one that the model threw; further texts of the list are not begun
     */
    static List<float[]> run(Function<String, float[]> model, List<String> texts, Executor workers, int parallel) {
        if (texts.isEmpty()) {
            return List.of();
        }
        var list = new ListEmbedding(model, texts, workers);
        for (int i = 0; i < Math.min(parallel, texts.size()); i++) {
            workers.execute(list);
        }
        try {
            list.done.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw e;
            }
        }
        return Arrays.asList(list.vectors);
    }

    /** Embeds the next text, then queues again for another one. */
    @Override
    public void run() {
        int position = next.getAndIncrement();
        if (position >= order.length || done.isDone()) {
            return;
        }
        try {
            int index = order[position];
            vectors[index] = model.apply(texts.get(index));
            if (missing.decrementAndGet() == 0) {
                done.complete(null);
            } else {
                workers.execute(this);
            }
        } catch (Throwable e) { // the caller waits for it
            done.completeExceptionally(e);
        }
    }
}
