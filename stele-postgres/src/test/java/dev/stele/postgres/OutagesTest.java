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

/** Servers that restart, connections that are ended, networks that stall. */
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

    /** Lets time pass, which is what these tests are about: an outage lasts, and load comes before and after it. */
    private static void pass(long millis) {
        await().pollDelay(Duration.ofMillis(millis))
                .atMost(Duration.ofMillis(2 * millis + 1_000))
                .until(() -> true);
    }

    /** All that was acknowledged is there, each update once, and nothing is half done. */
    private static void isWhole(Stele stele, String agent, Load load) {
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

    /** Ends each second every connection to a database, for a while. */
    private static void endConnections(String url, int seconds) throws Exception {
        for (int i = 0; i < seconds; i++) {
            pass(1_000);
            endConnections(url);
        }
    }

    /** Ends those of the memory, not those of a test that looks at them. */
    private static void endConnections(String url) {
        String database = URI.create(url.substring("jdbc:".length())).getPath().substring(1);
        TestDatabases.administer(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stele' and datname = '"
                        + database + "'");
    }

    private void connectionsAreEndedEachSecond(int seconds) throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            Load load = new Load(stele, "kira", 16);
            try (load) {
                endConnections(url, seconds);
            }
            // Nobody heard of it: each connection that was lost was replaced, and what was not done was done again.
            assertThat(load.failures).isEmpty();
            isWhole(stele, "kira", load);
            System.out.printf(
                    "every connection ended each second for %d s: %d messages acknowledged, none lost, worst wait %d ms%n",
                    seconds, load.acknowledged.size(), load.worst.get());
        }
    }

    @Test
    void whoWritesWhileConnectionsAreEndedSeesNoMoreThanATime() throws Exception {
        connectionsAreEndedEachSecond(4);
    }

    @Test
    @Tag("proof")
    void andSoForAMinute() throws Exception {
        connectionsAreEndedEachSecond(60);
    }

    @Test
    void aRestartOfTheServerIsAWait() throws Exception {
        try (var server = new OwnServer(data.resolve("server"));
                Stele stele = open(server.url())) {
            Load load = new Load(stele, "kira", 16);
            try (load) {
                pass(1_000);
                server.stop();
                server.start();
                int before = load.acknowledged.size();
                await().atMost(Duration.ofSeconds(20)).until(() -> load.acknowledged.size() > before + 100);
            }
            assertThat(load.failures).isEmpty();
            isWhole(stele, "kira", load);
        }
    }

    @Test
    void aServerThatStaysAwayIsAClearErrorAfterTheTimeToWait() throws Exception {
        try (var server = new OwnServer(data.resolve("server"))) {
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
    void connectionsThatAServerEndsForIdlenessAreReplaced() throws Exception {
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
    void aNetworkThatStallsOrIsCutIsAWait() throws Exception {
        String url = new TestDatabases().create();
        URI real = URI.create(url.substring("jdbc:".length()));
        try (var proxy = new Proxy(real.getHost(), real.getPort());
                Stele stele = open(url.replace(":" + real.getPort(), ":" + proxy.port()))) {
            Load load = new Load(stele, "kira", 16);
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
            isWhole(stele, "kira", load);
        }
    }

    @Test
    void whoVanishesInTheMiddleOfAWriteDoesNotHoldUpOthersForLong() throws Exception {
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
        try (var proxy = new Proxy(real.getHost(), real.getPort());
                Stele far = Stele.open(
                        SteleConfig.at(data, brief.withUrl(brief.url().formatted(proxy.port()))),
                        Optional.of(new WordEmbedder()));
                Stele near = open(url)) {
            Load load = new Load(far, "kira", 16);
            try (load) {
                pass(1_000);
                proxy.stall(); // with a write under way, for there always is one
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
    void whileTheModelThinksNoConnectionIsHeldAndAllMayBeEnded() throws Exception {
        String url = new TestDatabases().create();
        var thought = new AtomicInteger();
        Extractor reflector = material -> {
            await().atMost(Duration.ofSeconds(10)).until(() -> connections(url, "xact_start is not null") == 0);
            endConnections(url);
            thought.incrementAndGet();
            return new RuleExtractor().propose(material);
        };
        try (Stele stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(4, 12))
                        .withRetention(0, true),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(reflector))) {
            AgentMemory kira = stele.agent("kira");
            List<String> told = IntStream.range(0, 4)
                    .mapToObj(i -> kira.interact(
                                    "user" + i,
                                    List.of(MessageDraft.user("s" + i, "user" + i, "I live in Lisbon.")),
                                    Optional.of(InteractionDraft.of("chat", "user" + i)),
                                    Optional.empty())
                            .interaction()
                            .orElseThrow()
                            .id())
                    .toList();
            assertThat(kira.reflect()).isZero();
            // Of each at the first attempt: it was no failure to be tried again.
            assertThat(told)
                    .allSatisfy(id -> assertThat(kira.interactions().get(id).orElseThrow())
                            .returns(InteractionState.PROCESSED, Interaction::state)
                            .returns(0, Interaction::attempts)
                            .returns(
                                    1,
                                    one -> one.outcome().orElseThrow().added().size()));
            assertThat(thought).hasValue(told.size());
        }
    }

    @Test
    void thePoolIsFullAgainSoonAfterAllItsConnectionsWereEnded() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
            await().atMost(Duration.ofSeconds(5)).until(() -> connections(url, "query not like 'listen%'") >= 4);
            endConnections(url, 1);
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
