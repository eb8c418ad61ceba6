package dev.stele.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.concurrent.ForegroundGate.Visit;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ForegroundGateTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final ForegroundGate foreground = new ForegroundGate();

    @Test
    void yieldingThreadResumesAfterTheLastForegroundRequestEnds() throws Exception {
        var first = new CountDownLatch(1);
        var second = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = new CountDownLatch(2);
            Future<String> one = threads.submit(() -> ask(asked, first));
            Future<String> other = threads.submit(() -> ask(asked, second));
            asked.await();
            Thread polite = Thread.ofPlatform().start(() -> foreground.yieldToForeground(LONG));
            first.countDown();
            assertThat(one.get()).isEqualTo("answered");
            Awaitility.await().until(() -> polite.getState() == Thread.State.TIMED_WAITING);
            second.countDown();
            assertThat(other.get()).isEqualTo("answered");
            polite.join();
        }
    }

    private String ask(CountDownLatch asked, CountDownLatch end) throws InterruptedException {
        try (var _ = foreground.enter();
                Visit inner = foreground.enter()) {
            asked.countDown();
            end.await();
            inner.close();
            inner.close();
            return "answered";
        }
    }

    @Test
    void yieldWithoutForegroundRequestsReturnsImmediately() {
        foreground.yieldToForeground(LONG);
        foreground.enter().close();
        foreground.yieldToForeground(LONG);
    }

    @Test
    void yieldReturnsAfterItsTimeout() {
        try (var _ = foreground.enter()) {
            long start = System.nanoTime();
            foreground.yieldToForeground(Duration.ofMillis(5));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(5));
        }
    }

    @Test
    void interruptedYieldReturnsAndKeepsTheInterruptFlag() {
        try (var _ = foreground.enter()) {
            Thread.currentThread().interrupt();
            foreground.yieldToForeground(LONG);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
