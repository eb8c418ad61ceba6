package dev.stele.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A loop ends when it is stopped, and for no other reason; a close runs all of its steps. */
class GuardedLoopTest {

    private static final System.Logger LOG = System.getLogger(GuardedLoopTest.class.getName());

    @Test
    void nothingThatAStepThrowsEndsTheLoop() {
        List<Throwable> failures = List.of(
                new UncheckedIOException(new IOException("disk")),
                new StelePersistenceException("full", null),
                new StackOverflowError(),
                new OutOfMemoryError("heap"),
                new InterruptedException(),
                new AssertionError("defect"));
        var round = new AtomicInteger();
        try (GuardedLoop _ = GuardedLoop.start("test-loop", LOG, PlatformThreads::unstarted, loop -> {
            int number = round.getAndIncrement();
            if (number < failures.size()) {
                sneak(failures.get(number));
            }
            loop.await(Duration.ofMillis(1));
        })) {
            await().atMost(Duration.ofSeconds(30)).until(() -> round.get() > failures.size() + 2);
        }
        int last = round.get();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("test-loop"));
        assertThat(round).hasValue(last);
    }

    @Test
    void loopWhoseStepsAllFailDoesNotSpin() throws Exception {
        var rounds = new AtomicInteger();
        try (GuardedLoop _ = GuardedLoop.start("test-loop", LOG, PlatformThreads::unstarted, _ -> {
            rounds.incrementAndGet();
            throw new IllegalStateException("always");
        })) {
            Thread.sleep(1_000);
        }
        assertThat(rounds.get()).isBetween(2, 8);
    }

    @Test
    void interruptWakesTheLoopAndCloseEndsItsPause() throws Exception {
        var rounds = new Semaphore(0);
        GuardedLoop loop = GuardedLoop.start("test-loop", LOG, PlatformThreads::unstarted, current -> {
            rounds.release();
            current.await(Duration.ofHours(1));
        });
        rounds.acquire();
        loop.interrupt();
        rounds.acquire(); // it goes on
        long start = System.nanoTime();
        loop.close();
        assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(10).toNanos());
    }

    @Test
    void everyStepOfACloseRunsAndTheFirstFailureIsThrownWithTheOthersInIt() {
        var closed = new ArrayList<String>();
        assertThatThrownBy(() -> Closing.closeAll(
                        () -> closed.add("a"),
                        () -> {
                            throw new IOException("b failed");
                        },
                        null,
                        () -> {
                            throw new StackOverflowError();
                        },
                        () -> closed.add("e")))
                .isInstanceOf(StelePersistenceException.class)
                .hasMessageContaining("b failed")
                .satisfies(failure -> assertThat(failure.getCause().getSuppressed())
                        .singleElement()
                        .isInstanceOf(StackOverflowError.class));
        assertThat(closed).containsExactly("a", "e");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable failure) throws E {
        throw (E) failure;
    }
}
