package dev.stele;

import dev.stele.model.AgentName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Items that were written without vectors because nobody should wait for a model, in the order in which they came. What does not fit
 * is left to housekeeping, which finds whatever has no vector. Thread-safe.
 */
final class Unembedded {

    private static final int MOST = 10_000;

    /** An item of an agent. */
    record Item(AgentName agent, long number) {}

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>(MOST);

    void add(AgentName agent, List<Long> numbers) {
        for (long number : numbers) {
            if (!items.offer(new Item(agent, number))) {
                return;
            }
        }
    }

    /** Waits for an item; gives it with those after it that are the same agent's, at most {@code most}. */
    List<Item> take(int most) throws InterruptedException {
        var batch = new ArrayList<Item>();
        batch.add(items.take());
        Optional<Item> next = Optional.ofNullable(items.peek());
        while (batch.size() < most
                && next.isPresent()
                && next.get().agent().equals(batch.getFirst().agent())) {
            batch.add(items.take()); // the only taker
            next = Optional.ofNullable(items.peek());
        }
        return batch;
    }
}
