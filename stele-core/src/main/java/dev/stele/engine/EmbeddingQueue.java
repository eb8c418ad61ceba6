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

    /** Number in place of an item's that stands for all items of the agent without an embedding. */
    private static final long ALL = 0;

    /** An item of an agent, by its number. */
    public record Item(AgentName agent, long number) {
        /** Returns whether this stands for all items of the agent without an embedding, as after an import. */
        public boolean isAll() {
            return number == ALL;
        }
    }

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

    /** Adds all items of an agent that have no embedding. */
    public void addAllOf(AgentName agent) {
        boolean _ = items.offer(new Item(agent, ALL)); // if it does not fit, maintenance finds the items
    }

    /** Returns whether nothing waits. */
    public boolean isEmpty() {
        return items.isEmpty();
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
