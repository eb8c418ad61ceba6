package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Limits;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.DatabaseConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits whose confirmation is lost with the connection: each is applied once, and its caller gets the result. */
class LostCommitsTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private String url;

    @BeforeEach
    void database() {
        url = new TestDatabases().create();
    }

    private DatabaseConfig config(String through) {
        return new DatabaseConfig(
                through,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                0,
                Optional.of(data.resolve("archive")));
    }

    /** Uses the agents of the database while the confirmation of the commit of a statement is lost. */
    private void losingCommitOf(String statement, Consumer<PostgresStores> use) throws Exception {
        URI real = URI.create(url.substring("jdbc:".length()));
        try (var proxy = new TcpProxy(real.getHost(), real.getPort());
                var stores = PostgresStores.open(
                        config(url.replace(":" + real.getPort(), ":" + proxy.port())), Limits.DEFAULT, false)) {
            proxy.loseCommitOf(statement);
            use.accept(stores);
            assertThat(proxy.lostCommits()).isOne();
        }
    }

    private void createKira() {
        try (var stores = PostgresStores.open(config(url), Limits.DEFAULT, false);
                AgentStore kira = stores.open(KIRA)) {
            kira.backup(data.resolve("kira.zip"));
        }
    }

    @Test
    void deletedAgentIsGoneWithItsArchive() throws Exception {
        createKira();
        Path archive = Files.createDirectories(data.resolve("archive").resolve("1"));
        losingCommitOf("delete from stele.agent", stores -> stores.delete(KIRA));
        assertThat(archive).doesNotExist();
        try (var stores = PostgresStores.open(config(url), Limits.DEFAULT, false)) {
            assertThat(stores.agents()).isEmpty();
        }
    }

    @Test
    void restoredAgentIsNoConflictWithItself() throws Exception {
        createKira();
        AgentName copy = new AgentName("copy");
        losingCommitOf(
                "insert into stele.agent",
                stores -> assertThat(stores.restore(data.resolve("kira.zip"), Optional.of(copy), false))
                        .isEqualTo(copy));
        try (var stores = PostgresStores.open(config(url), Limits.DEFAULT, false)) {
            assertThat(stores.agents()).containsExactly(copy, KIRA);
        }
    }

    @Test
    void claimedJobIsThatOfItsWorker() throws Exception {
        losingCommitOf("update stele.task set state = 'running'", stores -> {
            Task added = stores.tasks().add(TaskDraft.of("verify").withAttempts(1, Duration.ofMinutes(1)), 10);
            Task claimed = stores.tasks().claim(Duration.ofMinutes(1)).orElseThrow();
            assertThat(claimed.id()).isEqualTo(added.id());
            assertThat(claimed.attempts()).isOne();
            assertThat(stores.tasks().claim(Duration.ofMinutes(1))).isEmpty();
        });
    }

    @Test
    void transactionThatACrashedServerDoesNotKnowWasNotCommitted() {
        try (var connections = new ConnectionPool(config(url), Duration.ofSeconds(5), false)) {
            var status = new CommitStatus(connections, "Writing agent kira", "4000000000000");
            assertThat(status.wasCommitted(new SQLException("lost"), Deadline.in(Duration.ofSeconds(5))))
                    .isFalse();
        }
    }

    @Test
    void agentIsMarkedAsDueByTheTransactionThatAddsAnInteraction() {
        try (var stores = PostgresStores.open(config(url), Limits.DEFAULT, false);
                AgentStore kira = stores.open(KIRA)) {
            assertThat(stores.due()).isEmpty();
            for (int i = 0; i < 2; i++) {
                String id = "i" + i;
                kira.write(edit ->
                        edit.reflection().add(InteractionDraft.of("chat", "ana").withId(id), Instant.now()));
                assertThat(stores.due()).containsExactly(KIRA);
            }
            kira.backup(data.resolve("kira.zip"));
            stores.restore(data.resolve("kira.zip"), Optional.of(new AgentName("copy")), false);
            assertThat(stores.due()).containsExactlyInAnyOrder(KIRA, new AgentName("copy"));
        }
    }
}
