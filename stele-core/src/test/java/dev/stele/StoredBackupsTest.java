package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.StoredBackup;
import dev.stele.model.TaskDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups that background jobs write are listed by agent and bring the agent back. */
class StoredBackupsTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final AgentName JUNO = new AgentName("juno");

    @TempDir
    Path data;

    private static String backUp(Stele stele, AgentName agent) {
        String id =
                stele.tasks().submit(TaskDraft.of("backup").withAgent(agent)).id();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> stele.tasks().get(id).state().ended());
        return id + ".zip";
    }

    @Test
    void backupsOfJobsAreListedAndRestored() throws Exception {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            stele.tasks().start(1);
            assertThat(stele.backups(KIRA, 10)).isEmpty();
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("s", "ana", "one").withId("one"));
            String first = backUp(stele, KIRA);
            kira.remember(MessageDraft.user("s", "ana", "two").withId("two"));
            String second = backUp(stele, KIRA);
            stele.agent("juno").remember(MessageDraft.user("s", "ben", "three"));
            String others = backUp(stele, JUNO);
            Files.writeString(data.resolve("backups").resolve("broken.zip"), "no zip file");

            List<StoredBackup> backups = stele.backups(KIRA, 10);
            assertThat(backups).extracting(StoredBackup::name).containsExactly(second, first);
            assertThat(backups).allSatisfy(backup -> {
                assertThat(backup.agent()).isEqualTo(KIRA);
                assertThat(backup.bytes())
                        .isEqualTo(Files.size(data.resolve("backups").resolve(backup.name())));
            });
            assertThat(stele.backups(KIRA, 1)).extracting(StoredBackup::name).containsExactly(second);

            stele.restoreBackup(KIRA, first);
            assertThat(kira.message("one")).isPresent();
            assertThat(kira.message("two")).isEmpty();
            stele.restoreBackup(KIRA, second);
            assertThat(kira.message("two")).isPresent();
            for (String name : List.of(others, "broken.zip", "none.zip", "../backups/" + first, "")) {
                assertThatThrownBy(() -> stele.restoreBackup(KIRA, name))
                        .as(name)
                        .isInstanceOf(NotFoundException.class)
                        .hasMessageContaining("backups");
            }
            assertThat(kira.verify().problems()).isEmpty();
        }
    }
}
