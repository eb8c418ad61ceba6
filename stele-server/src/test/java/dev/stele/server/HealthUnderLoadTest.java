package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.extract.Proposals;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MessageDraft;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.Ticker;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server answers and virtual threads run while jobs, a spinning callback and a blocked model go on. */
class HealthUnderLoadTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private final CountDownLatch modelReleased = new CountDownLatch(1);

    private void load(int megabytes, int jobs, Duration maxDelay) throws Exception {
        SteleModels models = SteleModels.offline(Optional.of(new WordEmbedder()))
                .withReflector(_ -> {
                    try {
                        modelReleased.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Proposals.none("blocked", "");
                });
        try (Stele stele = Stele.open(SteleConfig.at(data), models);
                var server = new SteleServer(stele, TestOptions.small().build());
                var http = new Http(server.port())) {
            AgentMemory kira = stele.agent(KIRA);
            kira.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                    Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                    Optional.empty());
            fill(megabytes);
            stele.startLearning();
            stele.tasks().start(Runtime.getRuntime().availableProcessors());
            List<String> tasks = Stream.generate(() -> List.of("backup", "verify"))
                    .flatMap(List::stream)
                    .limit(jobs)
                    .map(kind -> stele.tasks()
                            .submit(TaskDraft.of(kind).withAgent(KIRA))
                            .id())
                    .toList();
            var spinner = CompletableFuture.runAsync(
                    () -> spin(stele.agent("other")),
                    task -> Thread.ofPlatform().daemon().start(task));
            var nanos = new ArrayList<Long>();
            try (var ticker = new Ticker()) {
                while (!tasks.stream().allMatch(id -> isOver(stele.tasks().get(id)))) {
                    long start = System.nanoTime();
                    assertThat(http.get("/health").status()).isEqualTo(200);
                    nanos.add(System.nanoTime() - start);
                }
                System.out.printf(
                        "%d jobs on %d MB: /health p50 %d ms, p99 %d ms, at most %d ms; a virtual thread is late p99 %d us%n",
                        jobs,
                        megabytes,
                        Ticker.percentile(nanos, 0.5).toMillis(),
                        Ticker.percentile(nanos, 0.99).toMillis(),
                        Ticker.percentile(nanos, 1).toMillis(),
                        ticker.percentile(0.99).toNanos() / 1_000);
                assertThat(Ticker.percentile(nanos, 0.99)).isLessThanOrEqualTo(maxDelay);
                assertThat(ticker.percentile(0.99)).isLessThanOrEqualTo(maxDelay);
            }
            assertThat(tasks)
                    .allSatisfy(id -> assertThat(stele.tasks().get(id).state()).isEqualTo(TaskState.DONE));
            spinner.get(1, TimeUnit.MINUTES);
            modelReleased.countDown();
        }
    }

    /** A function of a caller that computes until its time is over. */
    private static void spin(AgentMemory memory) {
        assertThatThrownBy(() -> memory.graph().edit(_ -> {
                    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                    while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                    return end;
                }))
                .isInstanceOf(LimitExceededException.class);
    }

    /** A table that Stele does not know is copied and checked like all others. */
    private void fill(int megabytes) throws Exception {
        try (var db = DriverManager.getConnection(
                        "jdbc:sqlite:" + data.resolve("agents/kira/memory.db") + "?busy_timeout=10000");
                var statement = db.createStatement()) {
            statement.execute("create table ballast as with recursive n(i) as (select 1 union all select i + 1"
                    + " from n where i < " + megabytes + ") select randomblob(1000000) as bytes from n");
        }
    }

    private static boolean isOver(Task task) {
        return task.state() == TaskState.DONE || task.state() == TaskState.FAILED;
    }

    @Test
    void healthIsAnsweredDuringHeavyWork() throws Exception {
        load(60, 3, Duration.ofMillis(250));
    }

    @Test
    @Tag("proof")
    void healthIsAnsweredInTimeDuringMuchHeavyWork() throws Exception {
        load(300, 12, Duration.ofMillis(50));
    }
}
