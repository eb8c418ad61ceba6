package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ForegroundTest {

    @Test
    void backgroundWorkWaitsForWhoIsServedButNotForEver() throws Exception {
        var foreground = new Foreground();
        foreground.giveWay(); // nobody is there
        var begun = new CountDownLatch(1);
        try (var _ = foreground.serve()) {
            long before = System.nanoTime();
            foreground.giveWay(); // somebody is, and stays
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(250));
            Thread work = Thread.ofVirtual().start(() -> {
                foreground.giveWay();
                begun.countDown();
            });
            assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
            work.join();
        }
    }

    @Test
    void whoIsInterruptedGoesOnAndStaysInterrupted() throws Exception {
        var foreground = new Foreground();
        var interrupted = new AtomicBoolean();
        try (var _ = foreground.serve()) {
            Thread work = Thread.ofVirtual().start(() -> {
                Thread.currentThread().interrupt();
                foreground.giveWay();
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            work.join();
        }
        assertThat(interrupted).isTrue();
    }
}
