package dev.stele.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.model.AgentBusyException;
import dev.stele.model.Limits;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.store.TaskStore;
import dev.stele.store.sqlite.SqliteStores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers whose store fails for a while, while they hold the lease of a job. */
class TaskRenewalTest {

    @TempDir
    Path data;

    /** Returns a store whose calls of a method fail a number of times. */
    private static TaskStore failing(TaskStore store, String method, AtomicInteger times) {
        return (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(), new Class<?>[] {TaskStore.class}, (_, called, arguments) -> {
                    if (called.getName().equals(method) && times.getAndDecrement() > 0) {
                        throw new AgentBusyException("The disk is busy.");
                    }
                    try {
                        return called.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Runs a job of 6.5 s under a lease of 9 s, which is renewed every 3 s, beside a second worker, and returns the job and how often it began. */
    private Map.Entry<Task, Integer> run(String method) {
        var began = new AtomicInteger();
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false);
                var tasks = new Tasks(
                        failing(stores.tasks(), method, new AtomicInteger(2)),
                        Arenas.shared().account("renewals", Map.of()).arena(ArenaKind.TASK),
                        Duration.ofSeconds(9),
                        10)) {
            tasks.handle("slow", _ -> {
                began.incrementAndGet();
                Thread.sleep(Duration.ofMillis(6_500));
                return Map.of();
            });
            String id = tasks.submit(TaskDraft.of("slow").withAttempts(1, Duration.ofMinutes(1)))
                    .id();
            tasks.start(2);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> tasks.get(id).state().ended());
            return Map.entry(tasks.get(id), began.get());
        }
    }

    @Test
    void jobGoesOnWhenARenewalFails() {
        Map.Entry<Task, Integer> ended = run("renew");
        assertThat(ended.getKey().state()).isEqualTo(TaskState.DONE);
        assertThat(ended.getKey().error()).isEqualTo(Optional.empty());
        assertThat(ended.getValue()).isEqualTo(1);
    }

    @Test
    void endOfAJobIsRecordedAfterAFailure() {
        Map.Entry<Task, Integer> ended = run("end");
        assertThat(ended.getKey().state()).isEqualTo(TaskState.DONE);
        assertThat(ended.getValue()).isEqualTo(1);
    }
}
