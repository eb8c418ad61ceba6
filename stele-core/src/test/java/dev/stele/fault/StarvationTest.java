package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.support.Ticker;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual threads are scheduled in time while jobs run native code on as many threads as there are processors. */
@Tag("directory")
class StarvationTest {

    @TempDir
    Path data;

    private void heavyJobs(int megabytes, int jobs) throws Exception {
        try (Stele stele = Workload.open(data)) {
            stele.agent(Workload.KIRA).remember(MessageDraft.user("s", "ana", "hello"));
            // A table that Stele does not know is copied and checked like all others.
            try (var db = DriverManager.getConnection(
                            "jdbc:sqlite:" + data.resolve("agents/kira/memory.db") + "?busy_timeout=10000");
                    var statement = db.createStatement()) {
                statement.execute("create table ballast as with recursive n(i) as (select 1 union all select i + 1"
                        + " from n where i < " + megabytes + ") select randomblob(1000000) as bytes from n");
            }
            stele.tasks().start(Runtime.getRuntime().availableProcessors());
            var tasks = new ArrayList<String>();
            long start = System.nanoTime();
            try (var ticker = new Ticker()) {
                for (int i = 0; i < jobs; i++) {
                    tasks.add(stele.tasks()
                            .submit(TaskDraft.of(i % 3 == 2 ? "verify" : "backup")
                                    .withAgent(Workload.KIRA))
                            .id());
                }
                await().atMost(Duration.ofMinutes(5))
                        .until(() -> tasks.stream()
                                .allMatch(id -> isOver(stele.tasks().get(id))));
                Duration time = Duration.ofNanos(System.nanoTime() - start);
                System.out.printf(
                        "%d jobs on %d MB in %d ms: a virtual thread is late p50 %d us, p99 %d us, at most %d ms%n",
                        jobs,
                        megabytes,
                        time.toMillis(),
                        ticker.percentile(0.5).toNanos() / 1_000,
                        ticker.percentile(0.99).toNanos() / 1_000,
                        ticker.percentile(1).toMillis());
                assertThat(tasks)
                        .allSatisfy(
                                id -> assertThat(stele.tasks().get(id).state()).isEqualTo(TaskState.DONE));
                assertThat(ticker.percentile(0.99)).isLessThanOrEqualTo(Duration.ofMillis(50));
                assertThat(ticker.percentile(1)).isLessThan(time.dividedBy(4));
            }
        }
    }

    private static boolean isOver(Task task) {
        return task.state() == TaskState.DONE || task.state() == TaskState.FAILED;
    }

    @Test
    void jobsOnNativeCodeDoNotDelayVirtualThreads() throws Exception {
        heavyJobs(60, 3);
    }

    @Test
    @Tag("proof")
    void manyLongJobsOnNativeCodeDoNotDelayVirtualThreads() throws Exception {
        heavyJobs(300, 12);
    }
}
