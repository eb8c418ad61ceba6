package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.store.DatabaseConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of an archive directory that an erasure replaces are kept for readers of older snapshots, and then deleted. */
class ArchiveReadersTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private DatabaseConfig database(String url, Optional<String> user, Optional<String> password) {
        return new DatabaseConfig(
                url,
                user,
                password,
                Optional.empty(),
                2,
                8,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                0,
                Optional.of(data.resolve("archive")));
    }

    private long files() throws Exception {
        try (var files = Files.walk(data.resolve("archive"))) {
            return files.filter(file -> file.toString().endsWith(".gz")).count();
        }
    }

    @Test
    void readerSeesTheArchiveOfItsSnapshotWhileMessagesAreErased() throws Exception {
        var config = SteleConfig.at(data, database(new TestDatabases().create(), Optional.empty(), Optional.empty()))
                .withRetention(10, true);
        try (Stele stele = Stele.open(config, Optional.empty());
                Engine reader = Engine.open(config, SteleModels.offline(Optional.empty()))) {
            AgentMemory kira = stele.agent(KIRA);
            for (int i = 0; i < 30; i++) {
                kira.remember(MessageDraft.user("s", "ana", "message " + i).withId("m" + i));
            }
            kira.runMaintenance();
            assertThat(files()).isOne();
            String read = reader.stream(KIRA, view -> {
                assertThat(view.message("m29")).isPresent();
                assertThat(kira.deleteMessage("m3").scrubbed()).isFalse();
                return view.message("m4").orElseThrow().content();
            });
            assertThat(read).isEqualTo("message 4");
            kira.runMaintenance();
            assertThat(files()).isOne();
            assertThat(kira.message("m3")).isEmpty();
            assertThat(kira.message("m4")).isPresent();
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    /** Sessions of other roles are seen with ordinary rights. */
    @Test
    void snapshotsOfOtherRolesAreAwaited() throws Exception {
        String url = new TestDatabases().create();
        String role = "plain_" + ProcessHandle.current().pid();
        TestDatabases.administer("create role " + role + " login password 'plain'");
        DatabaseConfig plain = database(url.replaceAll("[?&]user=[^&]*", ""), Optional.of(role), Optional.of("plain"));
        try (var connections = new ConnectionPool(plain, Duration.ofSeconds(5), false);
                Connection other = DriverManager.getConnection(url);
                var statement = other.createStatement()) {
            assertThat(OlderSnapshots.awaitEnd(connections)).isTrue();
            other.setAutoCommit(false);
            other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("select 1");
            TestDatabases.administer("select pg_current_xact_id()"); // a change that the snapshot does not see
            assertThat(OlderSnapshots.awaitEnd(connections)).isFalse();
            other.commit();
            assertThat(OlderSnapshots.awaitEnd(connections)).isTrue();
        }
    }
}
