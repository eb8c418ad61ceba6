package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Change;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose clock was ahead has written before: no change is earlier than the one before it. */
class ClockStepTest {

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
    }

    /** Moves everything that was written to the time of a clock that is two hours ahead. */
    private void moveAhead() throws Exception {
        long ahead = Duration.ofHours(2).toMillis();
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("agents/kira/memory.db"));
                var statement = db.createStatement()) {
            for (String update : List.of(
                    "change set at = at + ",
                    "entity set updated_at = updated_at, created_at = created_at + ",
                    "entity_name set from_at = from_at + ",
                    "user_context set at = at + ")) {
                statement.executeUpdate("update " + update + ahead);
            }
        }
    }

    @Test
    void renameIsDatedAfterTheCreationAndBothNamesAreFound() throws Exception {
        Instant created;
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            memory.graph().put(EntityDraft.of("ship", "Atlas"));
            memory.users().update("ana", context -> context.withTrust(0.25));
        }
        moveAhead();
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            created = memory.graph().get("Atlas").entity().createdAt();
            assertThat(created).isAfter(Instant.now().plus(Duration.ofMinutes(90)));
            // A message of a node whose clock is right is the latest change by now.
            memory.remember(MessageDraft.user("s", "ana", "hello"));
            memory.graph().rename("Atlas", "Borealis");
            memory.users().update("ana", context -> context.withTrust(0.75));

            List<Change> changes = memory.changes(0, 100);
            assertThat(changes).hasSizeGreaterThan(4).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
            assertThat(memory.graph().get("Borealis").entity().updatedAt()).isAfterOrEqualTo(created);
            assertThat(memory.graph()
                            .get("Borealis", Optional.of(Instant.now().plus(Duration.ofDays(1))))
                            .entity()
                            .name())
                    .isEqualTo("Borealis");
            assertThat(memory.users()
                            .asOf("ana", Instant.now().plus(Duration.ofDays(1)))
                            .orElseThrow()
                            .trust())
                    .isEqualTo(0.75);
            var versions = memory.users().history("ana", 10, Optional.empty()).items();
            assertThat(versions).hasSize(2).isSortedAccordingTo((a, b) -> b.at().compareTo(a.at()));
        }
    }
}
