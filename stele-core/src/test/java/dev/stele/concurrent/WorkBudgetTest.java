package dev.stele.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentBusyException;
import dev.stele.model.LimitExceededException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class WorkBudgetTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private static Callable<Integer> spinning() {
        return () -> {
            while (true) {
                WorkBudget.checkpoint();
            }
        };
    }

    @Test
    void workOverALimitIsAbortedWithAnErrorThatNamesTheLimit() {
        var time = WorkLimits.DEFAULT.withTime(Duration.ofMillis(50)).withCpuTime(LONG);
        assertThatThrownBy(() -> WorkBudget.call(time, spinning()))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.request-time");
        var cpu = WorkLimits.DEFAULT.withTime(LONG).withCpuTime(Duration.ofMillis(50));
        assertThatThrownBy(() -> WorkBudget.call(cpu, spinning()))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.request-cpu-time");
        var memory = WorkLimits.DEFAULT.withTime(LONG).withCpuTime(LONG).withAllocatedBytes(10_000_000);
        assertThatThrownBy(() -> WorkBudget.call(memory, () -> {
                    var kept = new ArrayList<byte[]>();
                    while (true) {
                        kept.add(new byte[100_000]);
                        kept.removeFirst();
                        WorkBudget.checkpoint();
                    }
                }))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.request-allocation");
    }

    @Test
    void interruptedWorkEndsWithOrWithoutLimits() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(WorkBudget::checkpoint).hasMessageContaining("cancelled");
        assertThatThrownBy(() -> WorkBudget.call(WorkLimits.DEFAULT, spinning()))
                .hasMessageContaining("cancelled");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void poolBoundsItsQueueAndSurvivesErrorsOfItsTasks() throws Exception {
        try (var pool = new WorkerPool("tests", "test.queue", 1, 1, false)) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> pool.call(WorkLimits.DEFAULT, () -> {
                            throw new StackOverflowError("mine");
                        }))
                        .isInstanceOf(StackOverflowError.class);
            }
            var release = new CountDownLatch(1);
            var running = new CountDownLatch(1);
            Future<Integer> first = started(() -> pool.call(WorkLimits.DEFAULT, () -> {
                running.countDown();
                release.await();
                return 0;
            }));
            running.await();
            Future<Integer> second = started(() -> pool.call(WorkLimits.DEFAULT, () -> 1));
            while (pool.queued() == 0) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(() -> pool.call(WorkLimits.DEFAULT, () -> 2))
                    .isInstanceOf(AgentBusyException.class)
                    .hasMessageContaining("test.queue");
            release.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS)).isZero();
            assertThat(second.get(10, TimeUnit.SECONDS)).isOne();
            assertThat(pool.call(WorkLimits.DEFAULT, () -> 3)).isEqualTo(3);
        }
    }

    @Test
    void queueTimeCountsTowardTheLimitAndInterruptionStopsTheTask() throws Exception {
        try (var pool = new WorkerPool("tests", "test.queue", 1, 8, false)) {
            var stopped = new CountDownLatch(1);
            var running = new CountDownLatch(1);
            FutureTask<Integer> caller = started(() -> pool.call(WorkLimits.DEFAULT, () -> {
                running.countDown();
                try {
                    return spinning().call();
                } finally {
                    stopped.countDown();
                }
            }));
            running.await();
            Future<Integer> waiting =
                    started(() -> pool.call(WorkLimits.DEFAULT.withTime(Duration.ofNanos(1)), () -> 0));
            while (pool.queued() == 0) {
                Thread.onSpinWait();
            }
            caller.cancel(true);
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.request-time");
        }
    }

    @Test
    void callsThatWaitForAPoolAreRefusedWhenItIsClosed() throws Exception {
        try (var pool = new WorkerPool("tests", "test.queue", 1, 8, false)) {
            var running = new CountDownLatch(1);
            Future<Integer> interrupted = started(() -> pool.call(WorkLimits.DEFAULT, () -> {
                running.countDown();
                return spinning().call();
            }));
            running.await();
            List<FutureTask<Integer>> waiting = Stream.generate(
                            () -> started(() -> pool.call(WorkLimits.DEFAULT, () -> 1)))
                    .limit(3)
                    .toList();
            Awaitility.await().until(() -> pool.queued() == 3);
            pool.close();
            assertThatThrownBy(() -> interrupted.get(10, TimeUnit.SECONDS)).hasMessageContaining("cancelled");
            assertThat(waiting)
                    .allSatisfy(call -> assertThatThrownBy(() -> call.get(10, TimeUnit.SECONDS))
                            .hasCauseInstanceOf(AgentBusyException.class)
                            .hasMessageContaining("stopping"));
            assertThat(pool.queued()).isZero();
            assertThatThrownBy(() -> pool.call(WorkLimits.DEFAULT, () -> 1)).isInstanceOf(AgentBusyException.class);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void threadsStartedByBackgroundThreadsHaveNormalPriority() throws Exception {
        var nice = new AtomicReference<String>();
        String normal = nice();
        BackgroundThreads.run("test-background", () -> {
            try {
                Thread thread = PlatformThreads.start("test-normal", () -> nice.set(nice()));
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(nice).hasValue(normal);
        var pool = PlatformThreads.executor("test-pool-", 1, Integer.MAX_VALUE);
        try {
            BackgroundThreads.run("test-background", () -> pool.execute(() -> nice.set("here " + nice())));
            assertThat(pool.submit(() -> nice()).get()).isEqualTo(normal);
            assertThat(nice).hasValue("here " + normal);
        } finally {
            pool.shutdown();
        }
    }

    private static String nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16];
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static <T> FutureTask<T> started(Callable<T> call) {
        var task = new FutureTask<>(call);
        Thread.ofPlatform().start(task);
        return task;
    }
}
