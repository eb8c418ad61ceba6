package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.MemoryBudget;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings and setup of a database, and the error messages for mistakes in them. */
class DatabaseSetupTest {

    /** Records a version that programs of the version before can use. */
    private static final String NEXT_VERSION =
            "insert into stele.schema (version, oldest) select max(version) + 1, max(version) from stele.schema";

    private static final Limits SHORT_WAIT = Limits.DEFAULT.withPatience(Duration.ofSeconds(3));

    @TempDir
    Path data;

    private Stele open(DatabaseConfig database) {
        return Stele.open(SteleConfig.at(data, database).withLimits(SHORT_WAIT), Optional.of(new WordEmbedder()));
    }

    private Stele open(String url) {
        return open(DatabaseConfig.at(url).withConnections(2, 4));
    }

    private static void run(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String name(String url) {
        return URI.create(url.substring("jdbc:".length())).getPath().substring(1);
    }

    /** Checks that the error message is a single line that contains the given words. */
    private void assertErrorContains(String url, String... words) {
        assertThatThrownBy(() -> {
                    try (Stele stele = open(url)) {
                        stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
                    }
                })
                .isInstanceOf(SteleException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).hasLineCount(1));
    }

    @Test
    void setupErrorsAreReportedInOneLine() throws Exception {
        String url = new TestDatabases().create();
        assertErrorContains("jdbc:postgresql://localhost:1/nowhere", "no connection", "store.url");
        assertErrorContains(url.replace(name(url), "there_is_none"), "no such database", "createdb");
        assertErrorContains("jdbc:mysql://localhost/x", "no store for", "stele-postgres");
        assertErrorContains("jdbc:postgresql:::", "store.url");
        run(
                url,
                "create role guest_%d login password 'right'"
                        .formatted(ProcessHandle.current().pid()));
        String guest = url.replaceAll(
                "user=[^&]*", "user=guest_" + ProcessHandle.current().pid());
        assertErrorContains(guest, "lacks a right", "guides/postgresql.md");
    }

    private static long connections(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'stele'")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void assertFailsAndLeavesNoConnection(String url, ThrowingCallable opening) {
        assertThatThrownBy(opening).isInstanceOf(RuntimeException.class);
        await().during(Duration.ofMillis(500)).atMost(Duration.ofSeconds(10)).until(() -> connections(url) == 0);
    }

    @Test
    void failedOpenLeavesNoConnection() throws Exception {
        String url = new TestDatabases().create();
        Path file = Files.writeString(data.resolve("file"), "no directory");
        var unusable = new DatabaseConfig(
                url,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                2,
                4,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                0,
                Optional.of(file.resolve("archive")));
        assertFailsAndLeavesNoConnection(url, () -> open(unusable));
        SteleConfig config = SteleConfig.at(data, DatabaseConfig.at(url).withConnections(2, 4));
        var budget = new MemoryBudget(Long.MAX_VALUE, Long.MAX_VALUE, 1, 0);
        assertFailsAndLeavesNoConnection(url, () -> Stele.open(config.withMemory(budget), Optional.empty()));
        assertFailsAndLeavesNoConnection(url, () -> Stele.open(config.withTasks(null), Optional.empty()));
    }

    @Test
    void replicaRefusesWritesAndServesReads() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello").withId("m1"));
        }
        TestDatabases.administer("alter database " + name(url) + " set default_transaction_read_only = on");
        assertErrorContains(url, "replica", "primary");
        try (Stele stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url)).withReadOnly(), Optional.of(new WordEmbedder()))) {
            assertThat(stele.agent("kira").message("m1")).isPresent();
            assertThat(stele.agent("kira").recall("hello").hits()).hasSize(1);
            assertThatThrownBy(() -> stele.agent("kira").remember(MessageDraft.user("s", "ana", "more")))
                    .isInstanceOf(ReadOnlyException.class);
        }
    }

    @Test
    void itemsDerivedBeforeTheLineageMigrationAreErased() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = open(url)) {
            AgentMemory memory = stele.agent("kira");
            Message said = memory.remember(MessageDraft.user("s", "ana", "My dog is called Zorbaxel."));
            memory.interactions().record(InteractionDraft.of("chat", "ana", said.id()));
            memory.reflect();
            for (String content : List.of("the dog is Zorbaxel", "the dog is Zorbaxel at home")) {
                memory.notes()
                        .create(NoteDraft.of("fact", content).withUser("ana").withProvenance(List.of(said.id())));
            }
            assertThat(memory.consolidations().consolidate(Optional.of("ana"))).isPresent();
            memory.remember(MessageDraft.user("t", "ben", "hello").withId("b"));
        }
        run(
                url,
                "create table stele.provenance (agent bigint not null, item text not null, number bigint not null, primary key (agent, item, number))");
        run(
                url,
                "insert into stele.provenance select l.agent, m.id, l.item from stele.lineage l"
                        + " join stele.message m on m.agent = l.agent and m.number = l.source"
                        + " where l.item in (select number from stele.entity union select number from stele.relation)");
        run(url, "drop table stele.lineage");
        run(url, "drop table stele.expired_source");
        run(url, "drop table stele.participant");
        for (String table : List.of("message", "note", "observation", "passage")) {
            run(url, "alter table stele." + table + " drop column form");
        }
        run(url, "delete from stele.schema where version >= 2");
        try (Stele stele = open(url)) {
            AgentMemory memory = stele.agent("kira");
            memory.sessions().delete("s");
            memory.runMaintenance();
            assertThat(memory.verify().problems()).isEmpty();
            assertThat(memory.message("b")).isPresent();
            assertThat(memory.recall("Zorbaxel dog").hits())
                    .noneMatch(hit -> hit.content().contains("Zorbaxel"));
            assertThat(memory.graph().size().entities()).isZero();
        }
    }

    @Test
    void twoAdjacentVersionsWorkOnOneSchema() throws Exception {
        String url = new TestDatabases().create();
        open(url).close();
        run(url, NEXT_VERSION);
        try (Stele stele = open(url)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        }
        run(url, NEXT_VERSION);
        assertThatThrownBy(() -> open(url))
                .isInstanceOf(StelePersistenceException.NewerSchema.class)
                .hasMessageContaining("Upgrade this program; nothing was changed");
    }

    @Test
    void concurrentlyStartingNodesCreateTheTablesOnce() throws Exception {
        String url = TestDatabases.empty();
        List<Boolean> opened = dev.stele.support.Threads.atOnce(6, i -> () -> {
            try (Stele stele = open(url)) {
                stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello from " + i));
                return true;
            }
        });
        assertThat(opened).containsOnly(true);
        try (Stele stele = open(url)) {
            assertThat(stele.agent("kira").messageCount()).isEqualTo(6);
            assertThat(stele.agent("kira").verify().problems()).isEmpty();
        }
    }

    /** The server keeps a missing name for the rest of the transaction that asked for it. */
    @Test
    void tablesCreatedByAnotherNodeAreVisibleToAnOpenTransaction() throws Exception {
        String url = TestDatabases.empty();
        var migrator = new Migrator(0);
        try (Connection one = DriverManager.getConnection(url);
                var statement = one.createStatement()) {
            one.setAutoCommit(false);
            assertThat(migrator.check(statement)).isNegative();
            run(
                    url,
                    "create schema stele; create table stele.schema (version bigint, oldest bigint); insert into stele.schema values (1, 1)");
            assertThat(migrator.check(statement)).isEqualTo(1);
        }
    }

    @Test
    void partitionedTablesHoldTheSameData() throws Exception {
        String url = TestDatabases.empty();
        var database = new DatabaseConfig(
                url,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                2,
                4,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                4,
                Optional.of(data.resolve("archive")));
        try (Stele stele =
                Stele.open(SteleConfig.at(data, database).withRetention(10, true), Optional.of(new WordEmbedder()))) {
            for (String agent : List.of("a", "b", "c", "d", "e")) {
                AgentMemory memory = stele.agent(agent);
                for (int i = 0; i < 25; i++) {
                    memory.remember(
                            MessageDraft.user("s", "ana", "message " + i).withId("m" + i));
                }
                memory.runMaintenance();
                assertThat(memory.messageCount()).isEqualTo(10);
                assertThat(memory.message("m3")).isPresent();
                assertThat(memory.verify().problems()).isEmpty();
            }
            try (var files = Files.walk(data.resolve("archive"))) {
                assertThat(files.filter(file -> file.toString().endsWith(".gz")))
                        .hasSize(5);
            }
            // The archive of a restored agent is where nodes look for it, and that of a deleted one is gone.
            stele.agent("a").backup(data.resolve("a.zip"));
            stele.restore(data.resolve("a.zip"), Optional.of(new AgentName("copy")), false);
            assertThat(stele.agent("copy").message("m3")).isPresent();
            stele.restore(data.resolve("a.zip"), Optional.empty(), true);
            assertThat(stele.agent("a").message("m3")).isPresent();
            stele.forget(new AgentName("a"));
            stele.forget(new AgentName("copy"));
            try (var files = Files.walk(data.resolve("archive"))) {
                assertThat(files.filter(file -> file.toString().endsWith(".gz")))
                        .hasSize(4);
            }
        }
    }

    @Test
    void replacedPasswordNeedsNoRestart() throws Exception {
        String url = new TestDatabases().create();
        String role = "rotated_" + ProcessHandle.current().pid();
        run(url, "create role %s superuser login password 'first'".formatted(role));
        Path file = Files.writeString(data.resolve("password"), "first\n");
        var database = new DatabaseConfig(
                url.replaceAll("[?&]user=[^&]*", ""),
                Optional.of(role),
                Optional.empty(),
                Optional.of(file),
                1,
                1,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                0,
                Optional.empty());
        try (Stele stele = open(database)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "before"));
            run(url, "alter role %s password 'second'".formatted(role));
            Files.writeString(file, "second\n");
            TestDatabases.administer(
                    "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + role + "'");
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "after"));
            assertThat(stele.agent("kira").messageCount()).isEqualTo(2);
        }
    }

    @Test
    void textWithACharacterThatTheServerCannotStoreIsPreserved() throws Exception {
        try (Stele stele = open(new TestDatabases().create())) {
            AgentMemory memory = stele.agent("kira");
            String text = "zero \0 and its stand-in \uFDD0 and 0 and \uFDD00";
            memory.remember(MessageDraft.user("s", "ana", text).withId("m1"));
            memory.notes().create(NoteDraft.of("fact", text).withId("n1"));
            assertThat(memory.message("m1").orElseThrow().content()).isEqualTo(text);
            assertThat(memory.notes().get("n1").orElseThrow().body().content()).isEqualTo(text);
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    @Test
    void backupRestoresAnAgentUnderTheSameOrAnotherName() throws Exception {
        Path file = data.resolve("kira.zip");
        try (Stele stele = Stele.open(
                SteleConfig.at(
                                data,
                                DatabaseConfig.at(new TestDatabases().create()).withConnections(2, 4))
                        .withRetention(10, true),
                Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            for (int i = 0; i < 30; i++) {
                memory.remember(
                        MessageDraft.user("s", "ana", "the lake number " + i).withId("m" + i));
            }
            memory.users().update("ana", context -> context.withTrust(0.7));
            memory.runMaintenance();
            memory.backup(file);
            assertThatThrownBy(() -> stele.restore(file, Optional.empty(), false))
                    .hasMessageContaining("already");
            stele.restore(file, Optional.of(new dev.stele.model.AgentName("copy")), false);
            memory.remember(MessageDraft.user("s", "ana", "after the backup").withId("later"));
            stele.restore(file, Optional.empty(), true);
            for (String name : List.of("kira", "copy")) {
                AgentMemory restored = stele.agent(name);
                assertThat(restored.verify().problems()).isEmpty();
                assertThat(restored.message("m3").orElseThrow().archived()).isTrue();
                assertThat(restored.message("later")).isEmpty();
                assertThat(restored.recall("the lake number 29")
                                .hits()
                                .getFirst()
                                .id())
                        .isEqualTo("m29");
                assertThat(restored.users().get("ana").orElseThrow().trust()).isEqualTo(0.7);
            }
            byte[] bytes = Files.readAllBytes(file);
            Path cut = Files.write(data.resolve("cut.zip"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
            assertThatThrownBy(() -> stele.restore(cut, Optional.empty(), true))
                    .isInstanceOf(StelePersistenceException.Corrupt.class);
            assertThat(stele.agent("kira").message("m3")).isPresent();
        }
    }
}
