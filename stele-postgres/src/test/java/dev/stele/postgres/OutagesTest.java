package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.extract.Extractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.model.AgentBusyException;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.SteleException;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outages: servers that restart, connections that are terminated, networks that stall. */
class OutagesTest {

    @TempDir
    Path data;

    private Stele open(String url) {
        return open(url, Limits.DEFAULT);
    }

    private Stele open(String url, Limits limits) {
        return Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(4, 12))
                        .withLimits(limits)
                        .withRetention(0, true),
                Optional.of(new WordEmbedder()));
    }

    /** Waits for a fixed time, because an outage has a duration and load runs before and after it. */
    private static void pass(long millis) {
        await().pollDelay(Duration.ofMillis(millis))
                .atMost(Duration.ofMillis(2 * millis + 1_000))
                .until(() -> true);
    }

    /**
     * Checks that every acknowledged write is stored, that each update was applied once, and that nothing is partial.
     */
    private static void assertNothingLost(Stele stele, String agent, LoadGenerator load) {
        AgentMemory memory = stele.agent(agent);
        assertThat(load.defects).isEmpty();
        assertThat(load.acknowledged)
                .isNotEmpty()
                .allSatisfy(id -> assertThat(memory.message(id)).isPresent());
        assertThat(new HashSet<>(load.acknowledged)).hasSameSizeAs(load.acknowledged);
        long version = memory.users().get("ana").orElseThrow().version();
        assertThat(version).isBetween(load.updates.get(), load.updates.get() + load.failures.size());
        assertThat(memory.messageCount())
                .isBetween((long) load.acknowledged.size(), (long) load.acknowledged.size() + load.failures.size());
        assertThat(memory.verify().problems()).isEmpty();
    }

    /** Terminates every connection to a database once a second. */
    private static void terminateConnections(String url, int seconds) throws Exception {
        for (int i = 0; i < seconds; i++) {
            pass(1_000);
            terminateConnections(url);
        }
    }

    /** Terminates the connections of the memory, but not those of the test. */
    static void terminateConnections(String url) {
        String database = URI.create(url.substring("jdbc:".length())).getPath().substring(1);
        TestDatabases.administer(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stele' and datname = '"
                        + database + "'");
    }

    private void writeWhileConnectionsAreTerminated(int seconds) throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            LoadGenerator load = new LoadGenerator(stele, "kira", 16);
            try (load) {
                terminateConnections(url, seconds);
            }
            // No caller noticed: lost connections were replaced and transactions retried.
            assertThat(load.failures).isEmpty();
            assertNothingLost(stele, "kira", load);
            System.out.printf(
                    "every connection ended each second for %d s: %d messages acknowledged, none lost, worst wait %d ms%n",
                    seconds, load.acknowledged.size(), load.maxLatencyMillis.get());
        }
    }

    @Test
    void terminatedConnectionsOnlyDelayWriters() throws Exception {
        writeWhileConnectionsAreTerminated(4);
    }

    @Test
    @Tag("proof")
    void terminatedConnectionsOnlyDelayWritersForAMinute() throws Exception {
        writeWhileConnectionsAreTerminated(60);
    }

    @Test
    void restartOfTheServerOnlyDelaysCallers() throws Exception {
        try (var server = new PostgresServer(data.resolve("server"));
                Stele stele = open(server.url())) {
            LoadGenerator load = new LoadGenerator(stele, "kira", 16);
            try (load) {
                pass(1_000);
                server.stop();
                server.start();
                int before = load.acknowledged.size();
                await().atMost(Duration.ofSeconds(20)).until(() -> load.acknowledged.size() > before + 100);
            }
            assertThat(load.failures).isEmpty();
            assertNothingLost(stele, "kira", load);
        }
    }

    @Test
    void absentServerIsReportedAfterTheMaximumWait() throws Exception {
        try (var server = new PostgresServer(data.resolve("server"))) {
            try (Stele stele = open(server.url(), Limits.DEFAULT.withPatience(Duration.ofMillis(1_500)))) {
                AgentMemory memory = stele.agent("kira");
                memory.remember(MessageDraft.user("s", "ana", "before").withId("before"));
                assertThat(stele.reachable()).isTrue();
                server.stop();
                assertThat(stele.reachable()).isFalse();
                assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "while it is away")))
                        .isInstanceOf(SteleException.class)
                        .hasMessageContaining("try again");
                assertThatThrownBy(() -> memory.message("before")).isInstanceOf(AgentBusyException.class);
                server.start();
                await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> {
                    memory.remember(MessageDraft.user("s", "ana", "after").withId("after"));
                    return memory.message("after").isPresent();
                });
                assertThat(stele.reachable()).isTrue();
                assertThat(memory.verify().problems()).isEmpty();
            }
        }
    }

    @Test
    void connectionsThatTheServerTerminatesAsIdleAreReplaced() throws Exception {
        String url = new TestDatabases().create();
        String database = URI.create(url.substring("jdbc:".length())).getPath().substring(1);
        TestDatabases.administer("alter database " + database + " set idle_session_timeout = '300ms'");
        try (Stele stele = open(url)) {
            AgentMemory memory = stele.agent("kira");
            for (int i = 0; i < 3; i++) {
                memory.remember(MessageDraft.user("s", "ana", "message " + i).withId("m" + i));
                pass(700);
                assertThat(memory.message("m" + i)).isPresent();
            }
        }
    }

    @Test
    void stalledOrCutNetworkOnlyDelaysCallers() throws Exception {
        String url = new TestDatabases().create();
        URI real = URI.create(url.substring("jdbc:".length()));
        try (var proxy = new TcpProxy(real.getHost(), real.getPort());
                Stele stele = open(url.replace(":" + real.getPort(), ":" + proxy.port()))) {
            LoadGenerator load = new LoadGenerator(stele, "kira", 16);
            try (load) {
                for (int i = 0; i < 3; i++) {
                    pass(500);
                    proxy.stall();
                    pass(700);
                    proxy.flow();
                    pass(500);
                    proxy.cut();
                }
                int before = load.acknowledged.size();
                await().atMost(Duration.ofSeconds(10)).until(() -> load.acknowledged.size() > before + 50);
            }
            assertThat(load.failures).isEmpty();
            assertNothingLost(stele, "kira", load);
        }
    }

    @Test
    void nodeThatVanishesDuringAWriteBlocksOthersOnlyBriefly() throws Exception {
        String url = new TestDatabases().create();
        URI real = URI.create(url.substring("jdbc:".length()));
        DatabaseConfig brief = new DatabaseConfig(
                url.replace(":" + real.getPort(), ":%d"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                4,
                12,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2),
                0,
                Optional.empty());
        try (var proxy = new TcpProxy(real.getHost(), real.getPort());
                Stele far = Stele.open(
                        SteleConfig.at(data, brief.withUrl(brief.url().formatted(proxy.port()))),
                        Optional.of(new WordEmbedder()));
                Stele near = open(url)) {
            LoadGenerator load = new LoadGenerator(far, "kira", 16);
            try (load) {
                pass(1_000);
                proxy.stall(); // while a write is in progress
                near.agent("kira")
                        .remember(MessageDraft.user("s", "ben", "from the other side")
                                .withId("near"));
                proxy.flow();
                int before = load.acknowledged.size();
                await().atMost(Duration.ofSeconds(20)).until(() -> load.acknowledged.size() > before + 50);
            }
            assertThat(near.agent("kira").message("near")).isPresent();
            assertThat(load.acknowledged)
                    .allSatisfy(id -> assertThat(near.agent("kira").message(id)).isPresent());
            assertThat(load.defects).isEmpty();
        }
    }

    @Test
    void noConnectionIsHeldWhileTheModelAnswers() throws Exception {
        String url = new TestDatabases().create();
        var questions = new AtomicInteger();
        Extractor reflector = material -> {
            await().atMost(Duration.ofSeconds(10)).until(() -> connections(url, "xact_start is not null") == 0);
            terminateConnections(url);
            questions.incrementAndGet();
            return new RuleExtractor().propose(material);
        };
        try (Stele stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(4, 12))
                        .withRetention(0, true),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(reflector))) {
            AgentMemory kira = stele.agent("kira");
            List<String> interactions = IntStream.range(0, 4)
                    .mapToObj(i -> kira.recordInteraction(
                                    "user" + i,
                                    List.of(MessageDraft.user("s" + i, "user" + i, "I live in Lisbon.")),
                                    Optional.of(InteractionDraft.of("chat", "user" + i)),
                                    Optional.empty())
                            .interaction()
                            .orElseThrow()
                            .id())
                    .toList();
            assertThat(kira.reflect()).isZero();
            // Each was processed at the first attempt, so the lost connections did not count as failures.
            assertThat(interactions)
                    .allSatisfy(id -> assertThat(kira.interactions().get(id).orElseThrow())
                            .returns(InteractionState.PROCESSED, Interaction::state)
                            .returns(0, Interaction::attempts)
                            .returns(
                                    1,
                                    one -> one.outcome().orElseThrow().added().size()));
            assertThat(questions).hasValue(interactions.size());
        }
    }

    @Test
    void poolRefillsSoonAfterAllConnectionsWereTerminated() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
            await().atMost(Duration.ofSeconds(5)).until(() -> connections(url, "query not like 'listen%'") >= 4);
            terminateConnections(url, 1);
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello again"));
            await().atMost(Duration.ofSeconds(5)).until(() -> connections(url, "query not like 'listen%'") >= 4);
        }
    }

    private static long connections(String url, String which) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'stele' and "
                                + which)) {
            row.next();
            return row.getLong(1);
        }
    }
}
