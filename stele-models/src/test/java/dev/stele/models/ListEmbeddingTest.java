package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.concurrent.PlatformThreads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ListEmbeddingTest {

    private final ExecutorService pool = PlatformThreads.executor("list-embedding-", 3, Integer.MAX_VALUE);

    @AfterEach
    void close() {
        pool.shutdownNow();
    }

    private static float[] length(String text) {
        return new float[] {text.length()};
    }

    @Test
    void vectorsHaveTheOrderOfTheTexts() {
        List<String> texts = IntStream.range(0, 500)
                .mapToObj(i -> "x".repeat(1 + i * 7919 % 97))
                .toList();
        assertThat(ListEmbedding.run(ListEmbeddingTest::length, texts, pool, 3))
                .extracting(vector -> (int) vector[0])
                .isEqualTo(texts.stream().map(String::length).toList());
        assertThat(ListEmbedding.run(ListEmbeddingTest::length, List.of(), pool, 3))
                .isEmpty();
    }

    @Test
    void noMoreTextsAreComputedAtTheSameTimeThanAllowedAndTheLongestIsFirst() {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        Queue<String> begun = new ConcurrentLinkedQueue<>();
        ListEmbedding.run(
                text -> {
                    begun.add(text);
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    Thread.yield();
                    running.decrementAndGet();
                    return length(text);
                },
                List.of("a", "bbb", "cc", "dddddd", "e", "f"),
                pool,
                2);
        assertThat(most.get()).isBetween(1, 2);
        assertThat(begun).hasSize(6).last().isIn("a", "e", "f");
        assertThat(new ArrayList<>(begun).subList(0, 2)).contains("dddddd");
    }

    /** A long text keeps one thread busy; the other threads do the rest of the list meanwhile. */
    @Test
    void noThreadWaitsForTheTextOfAnother() throws Exception {
        var others = new CountDownLatch(40);
        List<String> texts =
                new ArrayList<>(IntStream.range(0, 40).mapToObj(i -> "short").toList());
        texts.add("a text that is longer");
        List<float[]> vectors = ListEmbedding.run(
                text -> {
                    if (text.equals("short")) {
                        others.countDown();
                    } else {
                        await(others);
                    }
                    return length(text);
                },
                texts,
                pool,
                2);
        assertThat(vectors).hasSize(41);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void listsOfSeveralCallersTakeTurns() {
        Queue<Runnable> queue = new ArrayDeque<>();
        var begun = new ArrayList<String>();
        var ended = new ConcurrentLinkedQueue<String>();
        List<Thread> callers = new ArrayList<>();
        for (String list : List.of("a", "b")) {
            callers.add(Thread.ofPlatform().start(() -> {
                ListEmbedding.run(
                        text -> {
                            begun.add(text);
                            return length(text);
                        },
                        List.of(list, list, list),
                        task -> {
                            synchronized (queue) {
                                queue.add(task);
                                queue.notifyAll();
                            }
                        },
                        1);
                ended.add(list);
            }));
        }
        // One thread of a pool, which begins when both lists are queued.
        for (int tasks = 0; tasks < 6; tasks++) {
            take(queue, tasks == 0 ? 2 : 1).run();
        }
        for (Thread caller : callers) {
            join(caller);
        }
        assertThat(ended).containsExactlyInAnyOrder("a", "b");
        assertThat(begun.subList(0, 2)).containsExactlyInAnyOrder("a", "b");
        assertThat(begun.subList(2, 4)).containsExactlyInAnyOrder("a", "b");
        assertThat(begun.subList(4, 6)).containsExactlyInAnyOrder("a", "b");
    }

    private static Runnable take(Queue<Runnable> queue, int waiting) {
        synchronized (queue) {
            try {
                while (queue.size() < waiting) {
                    queue.wait();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return queue.remove();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failureReachesTheCallerAndEndsTheList() {
        var calls = new AtomicInteger();
        assertThatThrownBy(() -> ListEmbedding.run(
                        text -> {
                            calls.incrementAndGet();
                            throw new IllegalArgumentException("no vector of " + text);
                        },
                        List.of("a", "b", "c", "d", "e", "f", "g", "h"),
                        pool,
                        2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no vector of");
        assertThat(calls.get()).isLessThanOrEqualTo(2);
        assertThatThrownBy(() -> ListEmbedding.run(
                        _ -> {
                            throw new StackOverflowError("deep");
                        },
                        List.of("a"),
                        pool,
                        2))
                .isInstanceOf(StackOverflowError.class);
        assertThat(ListEmbedding.run(ListEmbeddingTest::length, List.of("again"), pool, 2))
                .hasSize(1);
    }

    @Test
    void closedPoolIsAnError() {
        pool.shutdown();
        assertThatThrownBy(() -> ListEmbedding.run(ListEmbeddingTest::length, List.of("a", "b"), pool, 2))
                .isInstanceOf(RuntimeException.class);
    }
}
