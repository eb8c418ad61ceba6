package dev.stele;

import dev.stele.model.AgentName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Items that were written without vectors because nobody should wait for a model, in the order in which they came. What does not fit
 * is left to housekeeping, which finds whatever has no vector. Thread-safe for those who add; one thread takes.
 */
final class Unembedded {

    private static final int MOST = 10_000;
    /** When nothing came for so long, what is there is taken. */
    private static final Duration QUIET = Duration.ofMillis(100);

    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    /** An item of an agent. */
    record Item(AgentName agent, long number) {}

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>(MOST);
    /** Taken from the queue, and of another agent than what was taken before it. Only the taker's. */
    private @Nullable Item held;

    void add(AgentName agent, List<Long> numbers) {
        for (long number : numbers) {
            if (!items.offer(new Item(agent, number))) {
                return;
            }
        }
    }

    /**
     * Waits for an item; gives it with those after it that are the same agent's, at most {@code most}. A message and its answer come
     * shortly one after the other, and no vector is to be made while somebody waits for the answer: so it waits a little for more.
     */
    List<Item> take(int most) throws InterruptedException {
        Item next = held == null ? items.take() : held;
        held = null;
        AgentName agent = next.agent();
        var batch = new ArrayList<Item>();
        long end = System.nanoTime() + MAX_WAIT.toNanos();
        while (next != null && next.agent().equals(agent)) {
            batch.add(next);
            next = batch.size() == most
                    ? null
                    : items.poll(Math.min(QUIET.toNanos(), end - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        held = next;
        return batch;
    }
}
