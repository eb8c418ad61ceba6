package dev.stele.engine;

import dev.stele.model.AgentName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bounded queue of items that were written without embeddings so that the caller did not wait for the model, in the
 * order of writing. Items that do not fit are left to maintenance, which finds every item without an embedding. Any
 * thread may add; one thread takes.
 */
public final class EmbeddingQueue {

    /** Maximum number of queued items. */
    private static final int MAX_ITEMS = 10_000;
    /** Time without a new item after which the collected items are taken. */
    private static final Duration QUIET = Duration.ofMillis(100);

    /** Maximum time to collect a batch. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    /** An item of an agent, by its number. */
    public record Item(AgentName agent, long number) {}

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>(MAX_ITEMS);
    /**
     * Item that was taken from the queue but belongs to another agent than the batch before it. Used by the taking
     * thread only.
     */
    private @Nullable Item held;

    /** Adds items by their numbers, as far as they fit. */
    public void add(AgentName agent, List<Long> numbers) {
        for (long number : numbers) {
            if (!items.offer(new Item(agent, number))) {
                return;
            }
        }
    }

    /**
     * Waits for an item and returns it with the following items of the same agent. A message and its answer arrive
     * shortly after one another, and no embedding should be computed while a user waits for the answer; so this method
     * waits briefly for more items.
     *
     * @param maxItems maximum number of items
     */
    public List<Item> take(int maxItems) throws InterruptedException {
        Item next = held == null ? items.take() : held;
        held = null;
        AgentName agent = next.agent();
        var batch = new ArrayList<Item>();
        long deadlineNanos = System.nanoTime() + MAX_WAIT.toNanos();
        while (next != null && next.agent().equals(agent)) {
            batch.add(next);
            next = batch.size() == maxItems
                    ? null
                    : items.poll(Math.min(QUIET.toNanos(), deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        held = next;
        return batch;
    }
}
