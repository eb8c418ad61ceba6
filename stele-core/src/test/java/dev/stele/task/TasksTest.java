package dev.stele.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.config.TaskLimits;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreProvider;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.TaskWorkerProcess;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TasksTest {

    @TempDir
    Path data;

    private Stele open(int waiting, Duration lease) {
        return Stele.open(
                Stores.at(data).withTasks(new TaskLimits(waiting, Duration.ofDays(1), lease)),
                Optional.of(new WordEmbedder()));
    }

    private Stele open() {
        return open(1_000, Duration.ofSeconds(2));
    }

    private static Task ended(Tasks tasks, String id) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> tasks.get(id).state().ended());
        return tasks.get(id);
    }

    @Test
    void taskRunsAndStoresItsResult() {
        try (Stele stele = open()) {
            stele.agent("kira").remember(MessageDraft.user("monday", "ana", "I moved to Lisbon."));
            Tasks tasks = stele.tasks();
            tasks.start(1);
            AgentName kira = new AgentName("kira");
            Task backup = ended(
                    tasks, tasks.submit(TaskDraft.of("backup").withAgent(kira)).id());
            assertThat(backup.state()).isEqualTo(TaskState.DONE);
            assertThat(Path.of((String) backup.result().get("file"))).isRegularFile();
            Task verify = ended(
                    tasks, tasks.submit(TaskDraft.of("verify").withAgent(kira)).id());
            assertThat(verify.result()).containsKey("problems");
            Task maintenance = ended(
                    tasks,
                    tasks.submit(TaskDraft.of("maintenance").withAgent(kira)).id());
            assertThat(maintenance.result()).containsEntry("messages", 1L);
            assertThat(ended(tasks, tasks.submit(TaskDraft.of("optimize")).id()).result())
                    .containsKey("released");
            Task unknown = ended(
                    tasks,
                    tasks.submit(TaskDraft.of("verify").withAgent(new AgentName("nobody")))
                            .id());
            assertThat(unknown.state()).isEqualTo(TaskState.FAILED);
            assertThat(unknown.attempts()).isEqualTo(1); // trying again would not help
            assertThat(unknown.error().orElseThrow()).contains("nobody");
        }
    }

    @Test
    void failedTaskIsRetriedWithBackoffUntilItsLastAttempt() {
        try (Stele stele = open()) {
            Tasks tasks = stele.tasks();
            var calls = new ConcurrentHashMap<String, Integer>();
            tasks.handle("shaky", run -> {
                if (calls.merge(run.task().id(), 1, Integer::sum) < 3) {
                    throw new IllegalStateException("not yet");
                }
                return Map.of("calls", 3L);
            });
            tasks.start(2);
            Task recovers = tasks.submit(TaskDraft.of("shaky").withAttempts(3, Duration.ofMinutes(1)));
            Task gives = tasks.submit(TaskDraft.of("shaky").withAttempts(2, Duration.ofMinutes(1)));
            Task done = ended(tasks, recovers.id());
            assertThat(done.state()).isEqualTo(TaskState.DONE);
            assertThat(done.attempts()).isEqualTo(3);
            assertThat(done.notBefore()).isAfter(done.createdAt().plusMillis(1_000)); // half of 1 s, then half of 2 s
            Task failed = ended(tasks, gives.id());
            assertThat(failed.state()).isEqualTo(TaskState.FAILED);
            assertThat(failed.attempts()).isEqualTo(2);
            assertThat(failed.error()).contains("not yet");
        }
    }

    @Test
    void errorOfATaskCountsAsAFailedAttempt() {
        try (Stele stele = open(1_000, Duration.ofMinutes(10))) { // nobody waits for the lease to end
            Tasks tasks = stele.tasks();
            tasks.handle("deep", _ -> {
                throw new StackOverflowError("too deep");
            });
            tasks.start(1);
            Task failed = ended(
                    tasks,
                    tasks.submit(TaskDraft.of("deep").withAttempts(2, Duration.ofMinutes(1)))
                            .id());
            assertThat(failed.state()).isEqualTo(TaskState.FAILED);
            assertThat(failed.attempts()).isEqualTo(2);
            assertThat(failed.error()).contains("too deep");
        }
    }

    @Test
    void tasksRunByPriorityAndDelay() {
        try (Stele stele = open()) {
            Tasks tasks = stele.tasks();
            var order = new ConcurrentLinkedQueue<String>();
            tasks.handle("note", run -> {
                order.add((String) run.task().draft().arguments().get("name"));
                return Map.of();
            });
            var ids = new ArrayList<String>();
            for (TaskPriority priority : List.of(TaskPriority.LOW, TaskPriority.NORMAL, TaskPriority.HIGH)) {
                for (int i = 0; i < 2; i++) {
                    ids.add(tasks.submit(TaskDraft.of("note")
                                    .withPriority(priority)
                                    .withArguments(Map.of("name", priority.label() + i)))
                            .id());
                }
            }
            Task late = tasks.submit(TaskDraft.of("note")
                    .withPriority(TaskPriority.HIGH)
                    .withDelay(Duration.ofMillis(700))
                    .withArguments(Map.of("name", "late")));
            tasks.start(1);
            ids.forEach(id -> assertThat(ended(tasks, id).state()).isEqualTo(TaskState.DONE));
            assertThat(ended(tasks, late.id()).startedAt().orElseThrow()).isAfterOrEqualTo(late.notBefore());
            assertThat(order).containsExactly("high0", "high1", "normal0", "normal1", "low0", "low1", "late");
            assertThat(tasks.list(Optional.of(TaskState.DONE), Optional.empty(), 3, Optional.empty())
                            .items())
                    .extracting(Task::id)
                    .startsWith(late.id());
            var page = tasks.list(Optional.empty(), Optional.empty(), 4, Optional.empty());
            assertThat(tasks.list(Optional.empty(), Optional.empty(), 4, page.next())
                            .items())
                    .hasSize(3);
            assertThat(tasks.prune(Duration.ofDays(1))).isZero();
            assertThat(tasks.prune(Duration.ofSeconds(-1))).isEqualTo(7);
        }
    }

    @Test
    void waitingAndRunningTasksAreCancelledAndSlowTasksTimeOut() throws Exception {
        try (Stele stele = open()) {
            Tasks tasks = stele.tasks();
            var began = new CountDownLatch(1);
            tasks.handle("slow", run -> {
                run.progress("sleeping");
                began.countDown();
                Thread.sleep(Duration.ofHours(1));
                return Map.of();
            });
            Task waiting = tasks.submit(TaskDraft.of("slow").withDelay(Duration.ofHours(1)));
            assertThat(tasks.cancel(waiting.id()).state()).isEqualTo(TaskState.CANCELLED);
            tasks.start(1);
            Task running = tasks.submit(TaskDraft.of("slow"));
            began.await();
            tasks.cancel(running.id());
            assertThat(ended(tasks, running.id()).state()).isEqualTo(TaskState.CANCELLED);
            assertThat(tasks.get(running.id()).progress()).contains("sleeping");
            Task tooLong = tasks.submit(TaskDraft.of("slow").withAttempts(1, Duration.ofMillis(50)));
            assertThat(ended(tasks, tooLong.id()).error().orElseThrow()).contains("longer");
            assertThat(tasks.cancel(tooLong.id()).state()).isEqualTo(TaskState.FAILED);
        }
        assertThat(Arenas.shared().stats(ArenaKind.TASK).active()).isZero();
    }

    /** The worker would look for a cancellation only at its next renewal, minutes later. */
    @Test
    void taskThatAnotherProcessCancelsIsNotTriedAgain() {
        try (Stele stele = open(1_000, Duration.ofMinutes(10));
                Stele other = open(1_000, Duration.ofMinutes(10))) {
            stele.tasks().handle("shaky", run -> {
                assertThat(other.tasks().cancel(run.task().id()).state()).isEqualTo(TaskState.RUNNING);
                throw new IllegalStateException("not yet");
            });
            stele.tasks().start(1);
            Task task = ended(
                    stele.tasks(),
                    stele.tasks()
                            .submit(TaskDraft.of("shaky").withAttempts(3, Duration.ofMinutes(1)))
                            .id());
            assertThat(task.state()).isEqualTo(TaskState.CANCELLED);
            assertThat(task.attempts()).isEqualTo(1);
        }
    }

    @Test
    void taskOfAKilledProcessIsTakenOverAndDoneOnce() {
        String id;
        try (Stele stele = open()) {
            stele.tasks().handle("slow", _ -> Map.of());
            id = stele.tasks().submit(TaskDraft.of("slow")).id();
        }
        try (var worker = SecondJvm.start(TaskWorkerProcess.class, data)) {
            assertThat(worker.line()).isEqualTo("began " + id);
            worker.kill();
        }
        try (Stele one = open();
                Stele other = open()) {
            var runs = new AtomicInteger();
            for (Stele stele : List.of(one, other)) {
                stele.tasks().handle("slow", _ -> Map.of("run", (long) runs.incrementAndGet()));
                stele.tasks().start(4);
            }
            Task done = ended(one.tasks(), id);
            assertThat(done.state()).isEqualTo(TaskState.DONE);
            assertThat(done.attempts()).isEqualTo(2);
            assertThat(runs.get()).isEqualTo(1);
        }
    }

    @Test
    void concurrentTasksOfTwoInstancesAreEachDoneOnce() throws Exception {
        try (Stele one = open();
                Stele other = open()) {
            var runs = new ConcurrentHashMap<String, Integer>();
            for (Stele stele : List.of(one, other)) {
                stele.tasks().handle("count", run -> {
                    runs.merge(run.task().id(), 1, Integer::sum);
                    return Map.of();
                });
                stele.tasks().start(3);
            }
            List<List<String>> ids = Threads.atOnce(8, thread -> () -> {
                var mine = new ArrayList<String>();
                for (int i = 0; i < 10; i++) {
                    mine.add((thread % 2 == 0 ? one : other)
                            .tasks()
                            .submit(TaskDraft.of("count"))
                            .id());
                }
                return mine;
            });
            List<String> all = ids.stream().flatMap(List::stream).toList();
            all.forEach(id -> assertThat(ended(one.tasks(), id).state()).isEqualTo(TaskState.DONE));
            assertThat(runs)
                    .hasSize(80)
                    .allSatisfy((_, count) -> assertThat(count).isEqualTo(1));
        }
    }

    @Test
    void closeReturnsRunningTasksToTheQueue() throws Exception {
        String id;
        var began = new CountDownLatch(1);
        try (Stele stele = open()) {
            stele.tasks().handle("slow", _ -> {
                began.countDown();
                Thread.sleep(Duration.ofHours(1));
                return Map.of();
            });
            stele.tasks().start(1);
            id = stele.tasks().submit(TaskDraft.of("slow")).id();
            began.await();
        }
        try (Stele stele = open()) {
            assertThat(stele.tasks().get(id).state()).isEqualTo(TaskState.QUEUED);
            stele.tasks().handle("slow", _ -> Map.of("again", true));
            stele.tasks().start(1);
            assertThat(ended(stele.tasks(), id).result()).containsEntry("again", true);
        }
    }

    @Test
    void storedTaskWithoutTheAgentOfItsKindFailsAtOnce() {
        String id;
        try (AgentStores stores = Stores.at(data)
                .database()
                .map(database -> StoreProvider.find(database, Limits.DEFAULT, false))
                .orElseGet(() -> SqliteStores.open(data, Limits.DEFAULT, false))) {
            id = stores.tasks().add(TaskDraft.of("verify"), 10).id(); // as an earlier version accepted it
        }
        try (Stele stele = open()) {
            stele.tasks().start(1);
            Task failed = ended(stele.tasks(), id);
            assertThat(failed.state()).isEqualTo(TaskState.FAILED);
            assertThat(failed.attempts()).isEqualTo(1);
            assertThat(failed.error().orElseThrow()).contains("needs an agent");
        }
    }

    @Test
    void invalidTasksAreRefused() {
        try (Stele stele = open(2, Duration.ofSeconds(2))) {
            Tasks tasks = stele.tasks();
            assertThat(tasks.list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                            .items())
                    .isEmpty();
            assertThat(Files.exists(data.resolve("tasks.db"))).isFalse(); // looking makes nothing
            assertThatThrownBy(() -> tasks.get("x")).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> tasks.cancel("x")).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> tasks.submit(TaskDraft.of("dance")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("backup");
            for (String kind : tasks.kinds()) {
                if (!kind.equals("optimize")) {
                    assertThatThrownBy(() -> tasks.submit(TaskDraft.of(kind).withDelay(Duration.ofHours(1))))
                            .isInstanceOf(InvalidInputException.class)
                            .hasMessageContaining("The job \"" + kind + "\" needs an agent");
                }
            }
            tasks.submit(TaskDraft.of("optimize"));
            tasks.submit(TaskDraft.of("optimize"));
            assertThatThrownBy(() -> tasks.submit(TaskDraft.of("optimize")))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("tasks.max-waiting");
            assertThatThrownBy(() -> TaskDraft.of("optimize").withAttempts(0, Duration.ofSeconds(1)))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> TaskDraft.of("optimize").withDelay(Duration.ofSeconds(-1)))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> tasks.list(Optional.empty(), Optional.empty(), 0, Optional.empty()))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> TaskState.of("lost")).hasMessageContaining("queued");
            assertThatThrownBy(() -> TaskPriority.of("urgent")).hasMessageContaining("high");
        }
    }
}
