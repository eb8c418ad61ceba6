package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentBusyException;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.support.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterProcessQueueLockTest {

    @TempDir
    Path data;

    @Test
    void interruptedThreadsStillAcquireTheLockExclusively() throws Exception {
        var writers = new AtomicInteger();
        try (var queue = InterProcessQueueLock.open(data.resolve("writer.lock"))) {
            Threads.atOnce(8, thread -> () -> {
                for (int i = 0; i < 50; i++) {
                    if (thread % 2 == 0) {
                        Thread.currentThread().interrupt();
                    }
                    try (var _ = queue.take("kira", Deadline.in(Duration.ofSeconds(30)))) {
                        assertThat(writers.incrementAndGet()).isOne();
                        writers.decrementAndGet();
                    }
                    assertThat(Thread.interrupted()).isEqualTo(thread % 2 == 0);
                }
                return null;
            });
        }
    }

    @Test
    void lockTimeoutNamesTheHoldingProcess() throws Exception {
        try (var queue = InterProcessQueueLock.open(data.resolve("writer.lock"));
                var _ = queue.take("kira", Deadline.in(Duration.ofSeconds(30)))) {
            Threads.atOnce(1, _ -> () -> {
                assertThatThrownBy(() -> queue.take("kira", Deadline.in(Duration.ofMillis(20))))
                        .isInstanceOf(AgentBusyException.class)
                        .hasMessageContaining("pid " + ProcessHandle.current().pid());
                return null;
            });
        }
    }
}
