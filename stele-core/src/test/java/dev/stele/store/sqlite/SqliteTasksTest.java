package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteTasksTest {

    @TempDir
    Path data;

    private static SqliteTasks tasks(Path directory) {
        return new SqliteTasks(directory.resolve("tasks.db"), false, Duration.ofSeconds(30), () -> {});
    }

    @Test
    void instancesAddingTheFirstTaskConcurrentlyShareOneQueue() throws Exception {
        for (int round = 0; round < 60; round++) {
            Path directory = Files.createDirectory(data.resolve("round-" + round));
            List<String> ids = Threads.atOnceOfTheSystem(2, _ -> () -> {
                try (SqliteTasks tasks = tasks(directory)) {
                    return tasks.add(TaskDraft.of("maintenance"), 10).id();
                }
            });
            try (SqliteTasks tasks = tasks(directory)) {
                assertThat(tasks.list(Optional.empty(), Optional.empty(), Long.MAX_VALUE, 10))
                        .extracting(Task::id)
                        .containsExactlyInAnyOrderElementsOf(ids);
            }
        }
    }

    @Test
    void partialDatabaseOfADeadProcessIsReplaced() throws Exception {
        Files.writeString(data.resolve("tasks.db.new"), "half a database");
        try (SqliteTasks tasks = tasks(data)) {
            String id = tasks.add(TaskDraft.of("maintenance"), 10).id();
            assertThat(tasks.get(id)).isPresent();
        }
        assertThat(data.resolve("tasks.db.new")).doesNotExist();
    }

    @Test
    void interruptedThreadStillStoresItsTask() {
        try (SqliteTasks tasks = tasks(data)) {
            Thread.currentThread().interrupt();
            String id = tasks.add(TaskDraft.of("maintenance"), 10).id();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(tasks.get(id)).isPresent();
        }
    }
}
